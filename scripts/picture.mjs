// `npm run picture`: makes docs/images/terminal.svg of what `npm start` and `netplayd sessions` print while two stock RetroArchs play.
// Needs netplayd's default ports to be free. Only this machine's address is replaced.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import path from "node:path";
import { eventually } from "../test/helpers/eventually.ts";
import { RetroArchClient } from "../test/helpers/retroarch-client.ts";
import { root } from "./setup.mjs";

const [NETPLAY_PORT, SESSION_PORT] = [55435, 55500];
const file = path.join(root, "docs/images/terminal.svg");

const folder = mkdtempSync(path.join(tmpdir(), "netplayd-picture-"));
const config = path.join(folder, "cores.yaml");
const example = readFileSync(path.join(root, "cores.example.yaml"), "utf8");
writeFileSync(
  config,
  example.replace(/^data: .*$/m, `data: ${folder}/data`).replace("./demo", `${root}/demo`),
);

const start = spawn(process.execPath, ["scripts/start.mjs", "--config", config], { cwd: root });
const ended = new Promise((resolve) => start.once("exit", resolve));
const players = [];
try {
  let printed = "";
  start.stdout.on("data", (chunk) => (printed += chunk));
  await eventually("the server to be up", () => printed.includes("Ctrl-C stops everything"), 120_000);
  for (const [nick, port] of [
    ["ann", NETPLAY_PORT],
    ["bob", SESSION_PORT],
  ]) {
    const player = await RetroArchClient.start({
      folder,
      nick,
      port,
      content: path.join(root, "demo/rally.nes"),
    });
    players.push(player);
    await player.joinedAs(players.length);
  }
  const sessions = await eventually("both to play", () => {
    const table = netplayd("sessions");
    return table.includes("ann") && table.includes("bob") && table;
  });
  // The server's log goes on below.
  const [hosted] = printed.slice(printed.indexOf("  demo/rally.nes is hosted")).split(/\n\n\{|\n\{/);
  const text = [
    "$ npm start",
    "",
    ...hosted.trimEnd().split("\n"),
    "",
    "$ npx netplayd sessions",
    ...sessions.trimEnd().split("\n"),
  ];
  writeFileSync(file, render(text.map(withoutAddress)));
} finally {
  await Promise.all(players.map((player) => player.stop()));
  start.kill("SIGINT");
  await ended;
  rmSync(folder, { recursive: true });
}

function netplayd(...args) {
  return spawnSync(process.execPath, ["dist/main.js", ...args, "--config", config], {
    cwd: root,
    encoding: "utf8",
  }).stdout;
}

function withoutAddress(line) {
  const own = Object.values(networkInterfaces())
    .flat()
    .filter((entry) => entry && !entry.internal);
  return own.reduce((text, { address }) => text.replaceAll(address, "play.example.org"), line);
}

/** A terminal with these lines; what is typed, behind a $, stands out. */
function render(lines) {
  const [charWidth, lineHeight, edge, bar] = [8.43, 20, 20, 32];
  const columns = Math.max(...lines.map(({ length }) => length));
  const [width, height] = [
    Math.ceil(columns * charWidth + 2 * edge),
    lines.length * lineHeight + bar + 2 * edge,
  ];
  const rows = lines.map((line, index) => {
    const y = bar + edge + (index + 0.75) * lineHeight;
    const length = Math.round(line.length * charWidth * 10) / 10;
    const look = line.startsWith("$ ") ? ' fill="#7ee787" font-weight="bold"' : "";
    return line === ""
      ? ""
      : `<text x="${edge}" y="${y}" textLength="${length}" xml:space="preserve"${look}>${escape(line)}</text>`;
  });
  const dots = ["#ff5f57", "#febc2e", "#28c840"].map(
    (color, index) => `<circle cx="${edge + index * 20}" cy="${bar / 2 + 4}" r="6" fill="${color}"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<title>What npm start prints, and the room with two players in netplayd sessions</title>
<rect width="${width}" height="${height}" rx="10" fill="#0d1117"/>
${dots.join("\n")}
<g font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="#e6edf3">
${rows.filter((row) => row !== "").join("\n")}
</g>
</svg>
`;
}

function escape(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
