// A TCP proxy that a test can cut and mend: what a bad network does to one client.
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

export interface TcpProxy {
  readonly origin: string;
  /** Where connections go from now on; to several in turn. */
  aim(...ports: readonly number[]): void;
  /** Breaks all connections and takes none until {@link mend}. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

export async function openTcpProxy(): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const state: { ports: readonly number[]; next: number; isCut: boolean } = { ports: [], next: 0, isCut: false };
  const server = createServer((near) => {
    if (state.isCut) {
      near.resetAndDestroy();
      return;
    }
    const far = connect(state.ports[state.next++ % state.ports.length] ?? 0, "127.0.0.1");
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.pipe(other);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const breakAll = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    aim: (...ports) => {
      state.ports = ports;
    },
    cut: () => {
      state.isCut = true;
      breakAll();
    },
    mend: () => {
      state.isCut = false;
    },
    close: () => {
      breakAll();
      return new Promise((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}
