// Stands where the relay's address is and passes everything on to the real relay, keeping a copy of all it saw: the
// requests with their headers, and every WebSocket message in both directions, unmasked.
import { createServer, request } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { WebSocket, WebSocketServer } from "ws";

export interface RecordingFront {
  /** Everything that reached the relay or left it so far. */
  record(): Buffer;
  /** The headers of every request, one list each. */
  headers(): readonly (readonly [name: string, value: string])[][];
  close(): Promise<void>;
}

export async function openRecordingFront(port: number, relayPort: number): Promise<RecordingFront> {
  const seen: Buffer[] = [];
  const sockets = new WebSocketServer({ noServer: true });
  const allHeaders: [string, string][][] = [];
  const note = (line: string | Buffer): void => void seen.push(Buffer.from(line), Buffer.from("\n"));

  const noteRequest = (incoming: IncomingMessage): void => {
    allHeaders.push(Object.entries(incoming.headersDistinct).map(([name, values]) => [name, String(values)]));
    note([incoming.url, ...incoming.rawHeaders].join(" "));
  };
  const server = createServer((incoming: IncomingMessage, answer: ServerResponse) => {
    noteRequest(incoming);
    const { method, url, headers } = incoming;
    const onward = request({ port: relayPort, method, path: url, headers }, (reply) => {
      answer.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(answer);
    });
    onward.on("error", () => answer.destroy());
    incoming.pipe(onward);
  });
  server.on("upgrade", (incoming, socket, head) => {
    noteRequest(incoming);
    const { origin } = incoming.headers;
    const far = new WebSocket(`ws://127.0.0.1:${relayPort}${incoming.url ?? ""}`, {
      perMessageDeflate: false,
      ...(origin === undefined ? {} : { origin }),
    });
    far.on("error", () => socket.destroy());
    far.once("open", () => {
      sockets.handleUpgrade(incoming, socket, head, (near) => {
        passOn(near, far);
        passOn(far, near);
      });
    });
  });
  const passOn = (from: WebSocket, to: WebSocket): void => {
    from.on("message", (data: Buffer, isBinary) => {
      note(data);
      if (to.readyState === WebSocket.OPEN) to.send(data, { binary: isBinary });
    });
    from.on("close", () => to.close());
    from.on("error", () => to.terminate());
  };

  await new Promise<void>((resolve) => {
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    record: () => Buffer.concat(seen),
    headers: () => allHeaders,
    close: () => {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      return new Promise((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

/** The forms in which a secret could stand in a record. */
export function formsOf(secret: string | Uint8Array): Buffer[] {
  const raw = Buffer.from(secret as string);
  const texts = [raw.toString("hex"), raw.toString("base64").replace(/=+$/, ""), raw.toString("base64url")];
  const wide = typeof secret === "string" ? [Buffer.from(secret, "utf16le")] : [];
  return [raw, ...wide, ...texts.map((text) => Buffer.from(text)), Buffer.from(raw.toString("hex").toUpperCase())];
}

/** All bytes and texts that an object holds, however deep: what a memory image of it would show. */
export function bytesHeldBy(root: unknown): Buffer {
  const parts: Buffer[] = [];
  const visited = new Set<unknown>();
  const visit = (value: unknown): void => {
    if (typeof value === "string") parts.push(Buffer.from(value), Buffer.from("\n"));
    if (typeof value !== "object" || value === null || visited.has(value)) return;
    visited.add(value);
    if (value instanceof Uint8Array) parts.push(Buffer.from(value), Buffer.from("\n"));
    else if (value instanceof Map) for (const pair of value) visit(pair);
    else if (value instanceof Set || Array.isArray(value)) for (const item of value) visit(item);
    else for (const key of Reflect.ownKeys(value)) visit(Reflect.get(value, key));
  };
  visit(root);
  return Buffer.concat(parts);
}
