import { setTimeout as sleep } from "node:timers/promises";
import { encodeTunnelMessage, TUNNEL_ID_BYTES } from "../../src/netplay/index.ts";
import { FakeHost } from "../helpers/netplay-fake-host.ts";
import { FuzzClient, type Target } from "./fuzz-client.ts";
import type { Batch, ClientStream, EntryPoint, OwnerStep, OwnerStream, Selection } from "./stream.ts";

/** A client that is not done after this time is disconnected, unless it is meant to stay longer. */
const ATTACK_MS = 3_500;
const BETWEEN_ROUNDS_MS = 16;
const OWNER_ANSWER_MS = 1_000;

/** The target of the streams. */
export interface Attacked {
  readonly sessionPort: number;
  readonly netplayPort: number;
  /** Twelve bytes. */
  readonly sessionId: Buffer;
}

export interface AttackResult {
  readonly clients: number;
  readonly gotIn: number;
  readonly steps: number;
  /** Clients that came to the room of the two players. */
  readonly inRoom: {
    readonly clients: number;
    /** The highest number of savestates that one of them received. */
    readonly mostSavestates: number;
    /** Whether one of them became a player, and so could keep the others waiting for a while. */
    readonly hasPlayed: boolean;
  };
  /** Addresses whose clients gave the host no reason to end them: see `askedForItsEnd`. */
  readonly blameless: ReadonlySet<string>;
  /** The bytes that each client wrote, by the number of its stream. */
  readonly written: ReadonlyMap<number, Buffer>;
  /** Causes of death of the hosts of relayed rooms, as far as bytes through the server killed them. */
  readonly hostCrashes: readonly string[];
}

/** Plays the selected streams at the same time, then closes their connections. */
export async function attack(attacked: Attacked, batch: Batch, selection: Selection): Promise<AttackResult> {
  const endsAtMs = performance.now() + ATTACK_MS;
  const owners = new Map<number, FakeHost | undefined>();
  await Promise.all(
    selected(batch, selection).map(async ([index, stream]) => {
      if (stream.type === "owner") {
        owners.set(index, await dial(attacked, stream));
      }
    }),
  );
  const clients = new Map<number, FuzzClient>();
  let steps = 0;
  await Promise.all(
    selected(batch, selection).map(async ([index, stream]) => {
      const kept = (selection.get(index) ?? []).flatMap((step) => stream.steps[step] ?? []);
      steps += kept.length;
      if (stream.type === "owner") {
        return haunt(owners.get(index), kept as OwnerStep[], endsAtMs);
      }
      await sleep(stream.startMs);
      const target = locate(attacked, stream.entryPoint, owners);
      if (target !== undefined) {
        const client = new FuzzClient(stream, target);
        clients.set(index, client);
        await stay(client, kept as ClientStream["steps"], endsAtMs);
      }
    }),
  );
  clients.forEach((client) => {
    client.destroy();
  });
  owners.forEach((owner) => owner?.close());
  const isRelayed = ({ stream }: FuzzClient): boolean => stream.entryPoint.at === "relayed-room";
  const inRoom = [...clients.values()].filter((client) => !isRelayed(client));
  const toBlame = [...clients.values()].filter((client) => isRelayed(client) || client.askedForItsEnd);
  const blamed = new Set(toBlame.map(({ stream }) => stream.address));
  return {
    clients: clients.size,
    gotIn: [...clients.values()].filter(({ gotIn }) => gotIn).length,
    steps,
    inRoom: {
      clients: inRoom.length,
      mostSavestates: Math.max(0, ...inRoom.map(({ savestates }) => savestates)),
      hasPlayed: inRoom.some(({ hasPlayed }) => hasPlayed),
    },
    blameless: new Set(inRoom.map(({ stream }) => stream.address).filter((address) => !blamed.has(address))),
    written: new Map([...clients].map(([index, { written }]) => [index, Buffer.concat(written)])),
    hostCrashes: [...owners.values()].flatMap((owner) => owner?.crash ?? []),
  };
}

/** Plays the opening and the steps, and repeats the steps while the client stays. */
async function stay(client: FuzzClient, steps: ClientStream["steps"], attackEndsAtMs: number): Promise<void> {
  const { opening, staysMs } = client.stream;
  const staysUntilMs = performance.now() + staysMs;
  const endsAtMs = Math.max(attackEndsAtMs, staysUntilMs);
  await client.play([...opening, ...steps], endsAtMs);
  while (!client.isOver && performance.now() < staysUntilMs) {
    await sleep(BETWEEN_ROUNDS_MS);
    await client.play(steps, endsAtMs);
  }
}

function selected(batch: Batch, selection: Selection): (readonly [number, Batch[number]])[] {
  return [...batch.entries()].filter(([index]) => selection.has(index));
}

/** Opens a relayed room; undefined when the server refuses. */
async function dial({ netplayPort }: Attacked, stream: OwnerStream): Promise<FakeHost | undefined> {
  const { address, protocol, headerAnswer, sram, answersPings } = stream;
  const dialling = FakeHost.dial({
    tunnelPort: netplayPort,
    localAddress: address,
    protocolHigh: protocol,
    sram,
    answersPings,
    ...(headerAnswer === undefined ? {} : { headerAnswer }),
  });
  const owner = await Promise.race([dialling, sleep(OWNER_ANSWER_MS, undefined)]);
  if (owner === undefined) {
    // A connection that opens later is closed.
    dialling.then(
      (late) => {
        late.close();
      },
      () => undefined,
    );
  }
  return owner;
}

function locate(
  { sessionPort, netplayPort, sessionId }: Attacked,
  entryPoint: EntryPoint,
  owners: ReadonlyMap<number, FakeHost | undefined>,
): Target | undefined {
  const byId = (id: Buffer): Target => ({
    port: netplayPort,
    preamble: encodeTunnelMessage({ type: "session", id }),
  });
  switch (entryPoint.at) {
    case "session-port":
      return { port: sessionPort, preamble: Buffer.alloc(0) };
    case "netplay-port":
      return { port: netplayPort, preamble: Buffer.alloc(0) };
    case "session-id":
      return byId(sessionId);
    case "relayed-room": {
      const id = owners.get(entryPoint.owner)?.sessionId;
      return id?.length === TUNNEL_ID_BYTES ? byId(id) : undefined;
    }
  }
}

/** Sends the owner's steps, in addition to its host's own messages. Its clients need a moment to come. */
async function haunt(
  owner: FakeHost | undefined,
  steps: readonly OwnerStep[],
  endsAtMs: number,
): Promise<void> {
  await sleep(700);
  for (const { on, chunks, gapMs, times } of steps) {
    for (let time = 0; time < times; time++) {
      for (const chunk of chunks) {
        if (owner === undefined || performance.now() > endsAtMs) {
          return;
        }
        writeTo(owner, on, chunk);
        if (chunks.length > 1 && times === 1) {
          await sleep(gapMs);
        }
      }
    }
    await sleep(10);
  }
}

function writeTo(owner: FakeHost, on: OwnerStep["on"], chunk: Buffer): void {
  if (on === "control") {
    if (owner.control.writable) {
      owner.control.write(chunk);
    }
    return;
  }
  const living = owner.links.filter(({ ended }) => !ended);
  living[on.linkNumber % Math.max(1, living.length)]?.sendRaw(chunk);
}
