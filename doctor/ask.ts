// HTTP questions to a relay, below fetch: with an Origin of our choice, and with upgrades. What comes back is hostile.
import { request as requestHttp } from "node:http";
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage, RequestOptions } from "node:http";
import { request as requestHttps } from "node:https";
import type { Duplex } from "node:stream";

const TIMEOUT_MS = 8_000;
const MAX_BODY_CHARS = 65_536;

export interface Target {
  readonly url: URL;
  /** A certificate authority of the operator's own, PEM. */
  readonly ca: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

function open({ url, ca }: Target, path: string, headers: Record<string, string>): ClientRequest {
  const options: RequestOptions & { ca?: string } = {
    headers,
    agent: false,
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(ca === undefined ? {} : { ca }),
  };
  return (url.protocol === "https:" ? requestHttps : requestHttp)(new URL(path, url), options);
}

async function readBody(message: IncomingMessage): Promise<string> {
  let body = "";
  message.setEncoding("utf8");
  for await (const chunk of message) {
    body += String(chunk);
    if (body.length > MAX_BODY_CHARS) throw new Error("the answer is too long");
  }
  return body;
}

/** Rejects when nothing answers in time. */
export function ask(target: Target, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = open(target, path, headers);
    request.once("error", reject);
    request.once("upgrade", (message, socket) => {
      socket.destroy();
      resolve({ status: message.statusCode ?? 0, headers: message.headers, body: "" });
    });
    request.once("response", (message) => {
      readBody(message).then(
        (body) => resolve({ status: message.statusCode ?? 0, headers: message.headers, body }),
        reject,
      );
    });
    request.end();
  });
}

/** Asks for a WebSocket; where it is granted, `body` is the first text that comes through it. */
export function askForSocket(target: Target, path: string, origin?: string): Promise<Answer> {
  const headers = {
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "c2VjcmV0IHJvb21zIGRvYw==",
    "Sec-WebSocket-Extensions": "permessage-deflate",
    ...(origin === undefined ? {} : { Origin: origin }),
  };
  return new Promise((resolve, reject) => {
    const request = open(target, path, headers);
    request.once("error", reject);
    request.once("response", (message) => {
      message.destroy();
      resolve({ status: message.statusCode ?? 0, headers: message.headers, body: "" });
    });
    request.once("upgrade", (message, socket, head) => {
      const answered = firstText(socket, head).then((body) => ({ status: 101, headers: message.headers, body }));
      resolve(answered.finally(() => socket.destroy()));
    });
    request.end();
  });
}

/** The first frame that a server sends if it is text of less than 64 KiB; empty when something else comes, or nothing. */
function firstText(socket: Duplex, head: Buffer): Promise<string> {
  let bytes = head;
  return new Promise((resolve) => {
    const look = (): void => {
      const start = bytes[1] === 126 ? 4 : 2;
      if (bytes.length < start) return;
      const length = start === 4 ? bytes.readUInt16BE(2) : (bytes[1] ?? 0);
      if (bytes[0] !== 0x81 || length === 127) resolve("");
      else if (bytes.length >= start + length) resolve(bytes.toString("utf8", start, start + length));
    };
    socket.on("data", (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      look();
    });
    socket.once("error", () => resolve(""));
    socket.once("close", () => resolve(""));
    look();
  });
}
