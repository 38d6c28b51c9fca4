// What a message costs, sealed by one member and opened by another, against plain AES-256-GCM of the same size in the same
// run. Absolute times mean little on a shared machine; the ratio does. Usage: npm run bench:message
import { randomBytes } from "../../core/crypto/random.ts";
import { open as openAead, seal as sealAead } from "../../core/crypto/aead.ts";
import { open, roomOf, seal } from "../support/group-of.ts";

const ROUNDS = 5;
const MESSAGES = 100;

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  for (let i = 0; i < MESSAGES; i++) await work();
  return (performance.now() - startMs) / MESSAGES;
}

const rows: { members: number; bytes: number; plainMs: number; messageMs: number; ratio: number }[] = [];
for (const members of [2, 10, 50]) {
  const [from, to] = (await roomOf(members)).members;
  if (!from || !to) throw new Error("members");
  for (const bytes of [200, 8_000]) {
    const text = "x".repeat(bytes);
    const [key, nonce, body] = [randomBytes(32), randomBytes(12), new TextEncoder().encode(text)];
    const none = new Uint8Array();
    const plain = async () => openAead(key, nonce, none, await sealAead(key, nonce, none, body));
    const message = async () => open(to, await seal(from, { kind: "text", text }));
    await timed(plain);
    await timed(message);
    const times = { plain: [] as number[], message: [] as number[] };
    for (let round = 0; round < ROUNDS; round++) {
      times.plain.push(await timed(plain));
      times.message.push(await timed(message));
    }
    const [plainMs, messageMs] = [median(times.plain), median(times.message)];
    rows.push({ members, bytes, plainMs, messageMs, ratio: messageMs / plainMs });
  }
}
process.stdout.write("members  bytes  AES-GCM ms  message ms  ratio\n");
for (const { members, bytes, plainMs, messageMs, ratio } of rows) {
  const cells = [String(members).padStart(7), String(bytes).padStart(5), plainMs.toFixed(3).padStart(10)];
  process.stdout.write(`${[...cells, messageMs.toFixed(3).padStart(10), ratio.toFixed(1).padStart(5)].join("  ")}\n`);
}
process.stdout.write(`${JSON.stringify(rows)}\n`);
