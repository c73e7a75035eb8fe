// Takes the pictures of docs/launchers.md: a stock RetroArch on a virtual screen, worked with the keyboard, and a server of
// this checkout. Needs Xvfb, xdotool and ImageMagick (apt-get install xvfb xdotool imagemagick), and RetroArch 1.14.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { build, hostingNeeds, installDebianPackages, isCommand, root, say } from "./setup.mjs";

installDebianPackages([
  ...hostingNeeds,
  { package: "xvfb", isThere: () => isCommand("Xvfb") },
  { package: "xdotool", isThere: () => isCommand("xdotool") },
  { package: "imagemagick", isThere: () => isCommand("convert") },
]);
build();

const DEADLINE_MS = 20_000;
const SETTLED_MS = 400;
const images = path.join(root, "docs/images");
const library = `/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu/libretro/nestopia_libretro.so`;
const game = path.join(root, "demo/rally.nes");

const folder = mkdtempSync(path.join(tmpdir(), "netplayd-pictures-"));
const running = [];
try {
  mkdirSync(images, { recursive: true });
  const display = await startScreen();
  const port = await startServer();
  await pictureMenus(display);
  await picturePassword(display, port);
} finally {
  await Promise.all(running.toReversed().map(end));
  rmSync(folder, { recursive: true, force: true });
}

async function pictureMenus(display) {
  const screen = await startRetroArch(display, []);
  await screen.openMenu();
  await screen.press("BackSpace", "Down", "Down", "Down", "Return");
  screen.picture("netplay-menu");
  await screen.press("Return");
  screen.picture("netplay-host");
  await screen.press("BackSpace", "Down", "Return");
  await screen.type("play.example.org");
  screen.picture("server-address");
  await screen.type("|55435|kQv2mX0bT7/c+WdR");
  screen.picture("server-address-session");
  await end(screen.player);
}

async function picturePassword(display, port) {
  const screen = await startRetroArch(display, ["--connect", "127.0.0.1", "--port", String(port)]);
  await screen.type("tulip");
  screen.picture("password");
  await end(screen.player);
}

/** A display of its own, whose picture lies in a file. */
async function startScreen() {
  const screen = spawn(
    "Xvfb",
    [..."-displayfd 3 -screen 0 640x480x24 -nolisten tcp -noreset -fbdir".split(" "), folder],
    {
      stdio: ["ignore", "ignore", "ignore", "pipe"],
    },
  );
  running.push(screen);
  let number = "";
  screen.stdio[3].on("data", (chunk) => (number += chunk));
  await until("Xvfb", () => number.includes("\n"));
  return `:${number.trim()}`;
}

/** A server that asks everybody for a password. */
async function startServer() {
  const [control, door] = [await freePort(), await freePort()];
  const config = {
    data: path.join(folder, "data"),
    control: { host: "127.0.0.1", port: control },
    door: { host: "127.0.0.1", port: door, rooms: "password" },
    cores: [{ name: "Nestopia", library, netplay: "allow" }],
  };
  const file = path.join(folder, "cores.yaml");
  writeFileSync(file, JSON.stringify(config));
  const main = path.join(root, "dist/main.js");
  const output = path.join(folder, "server.log");
  spawnSync(process.execPath, [main, "catalog", "add", game, "--config", file]);
  const args = [main, "serve", "--config", file];
  const server = spawn(process.execPath, args, { stdio: ["ignore", openSync(output, "w"), "ignore"] });
  running.push(server);
  await until("the server", () => readFileSync(output, "utf8").includes("netplayd takes requests"));
  return door;
}

async function startRetroArch(display, args) {
  const home = mkdtempSync(path.join(folder, "home-"));
  const info = path.join(home, path.basename(library, ".so") + ".info");
  copyFileSync("/usr/share/libretro/info/nestopia_libretro.info", info);
  const text = readFileSync(info, "utf8").replace(/^savestate_features.*$/m, "");
  writeFileSync(info, `${text}\nsavestate_features = "deterministic"\n`);
  const config = {
    video_driver: "gl",
    input_driver: "x",
    input_joypad_driver: "null",
    menu_driver: "rgui",
    audio_enable: "false",
    menu_timedate_enable: "false",
    menu_core_enable: "false",
    video_window_save_positions: "true",
    video_window_custom_size_enable: "true",
    video_windowed_position_width: "640",
    video_windowed_position_height: "480",
    config_save_on_exit: "false",
    history_list_enable: "false",
    core_info_cache_enable: "false",
    core_updater_buildbot_cores_url: "",
    libretro_directory: path.dirname(library),
    libretro_info_path: home,
    netplay_nickname: "ann",
    netplay_use_mitm_server: "true",
    netplay_mitm_server: "custom",
    netplay_custom_mitm_server: "play.example.org|55435",
    netplay_public_announce: "false",
  };
  const file = path.join(home, "retroarch.cfg");
  const lines = Object.entries(config).map(([key, value]) => `${key} = "${value}"`);
  writeFileSync(file, `${lines.join("\n")}\n`);
  const env = {
    PATH: process.env.PATH,
    DISPLAY: display,
    HOME: home,
    XDG_CONFIG_HOME: home,
    XDG_RUNTIME_DIR: home,
    DBUS_FATAL_WARNINGS: "0",
    LIBGL_ALWAYS_SOFTWARE: "1",
  };
  const seen = new Set([look()]);
  const player = spawn("retroarch", ["-c", file, ...args, "-L", library, game], { env, stdio: "ignore" });
  running.push(player);
  // An empty window, and something in it.
  await until("RetroArch's picture", () => seen.add(look()).size > 2);
  return { player, picture, ...keyboard(display) };
}

/** Keys are held until they are seen to work: on a busy machine RetroArch misses a short press. */
function keyboard(display) {
  const xdotool = (...args) => {
    if (spawnSync("xdotool", args, { env: { ...process.env, DISPLAY: display } }).status !== 0) {
      throw new Error(`xdotool ${args.join(" ")} failed`);
    }
  };
  return {
    /** The game stands still behind its menu. */
    openMenu: async () => {
      xdotool("keydown", "F1");
      await settled();
      xdotool("keyup", "F1");
    },
    press: async (...keys) => {
      for (const key of keys) {
        const before = look();
        xdotool("keydown", key);
        await until(`a change after ${key}`, () => look() !== before);
        xdotool("keyup", key);
        await settled();
      }
    },
    type: async (text) => {
      await settled();
      xdotool("type", "--delay", "60", text);
      await settled();
    },
  };
}

function picture(name) {
  const file = path.join(images, `${name}.png`);
  const taken = spawnSync("convert", [
    `xwd:${path.join(folder, "Xvfb_screen0")}`,
    "-colors",
    "32",
    "-strip",
    file,
  ]);
  if (taken.status !== 0) {
    throw new Error(String(taken.stderr));
  }
  say(path.relative(root, file));
}

function look() {
  return createHash("sha1")
    .update(readFileSync(path.join(folder, "Xvfb_screen0")))
    .digest("hex");
}

/** Resolves when the picture has stood still for a while. */
async function settled() {
  let [seen, since] = [look(), performance.now()];
  await until("a still picture", () => {
    const now = look();
    if (now !== seen) {
      [seen, since] = [now, performance.now()];
    }
    return performance.now() - since > SETTLED_MS;
  });
}

async function until(what, condition) {
  const deadline = performance.now() + DEADLINE_MS;
  while (!condition()) {
    if (performance.now() > deadline) {
      throw new Error(`waited in vain for ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function end(child) {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill();
    await ended;
  }
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
