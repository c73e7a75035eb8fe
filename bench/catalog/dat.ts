import { createWriteStream } from "node:fs";
import { once } from "node:events";

/** Writes a Logiqx DAT like No-Intro's: a description, a ROM with three checksums. */
export async function writeLogiqx(file: string, games: number): Promise<void> {
  const stream = createWriteStream(file);
  stream.write(
    '<?xml version="1.0"?>\n<datafile>\n<header><name>Bench - System</name><version>1</version></header>\n',
  );
  for (let game = 0; game < games; game++) {
    const name = `Game number ${game} (USA, Europe) (Rev 1)`;
    const crc = (Math.imul(game + 1, 0x9e3779b1) >>> 0).toString(16).toUpperCase().padStart(8, "0");
    const text = `\t<game name="${name}" cloneof="Game number ${game} (World)">
\t\t<description>${name}</description>
\t\t<rom name="${name}.gb" size="32768" crc="${crc}" md5="${crc.repeat(4)}" sha1="${crc.repeat(5)}" status="verified"/>
\t</game>\n`;
    if (!stream.write(text)) {
      await once(stream, "drain");
    }
  }
  stream.end("</datafile>\n");
  await once(stream, "finish");
}
