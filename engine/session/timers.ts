// What a session has planned, by what it is for: planning it again replaces it, and it runs inside the room's queue, as long
// as the room is open.
import type { Room } from "./room.ts";

export class Timers {
  readonly #room: Room;
  readonly #planned = new Map<string, () => void>();

  constructor(room: Room) {
    this.#room = room;
  }

  has(name: string): boolean {
    return this.#planned.has(name);
  }

  plan(name: string, delayMs: number, work: () => Promise<void> | void): void {
    this.cancel(name);
    const room = this.#room;
    const cancel = room.ports.clock.setTimer(delayMs, () => {
      this.#planned.delete(name);
      // Without an open room there is nobody to do it for; entering the next epoch plans it again.
      void room.queue.run(async () => (room.phase === "open" ? work() : undefined)).catch(() => undefined);
    });
    this.#planned.set(name, cancel);
  }

  cancel(name: string): void {
    this.#planned.get(name)?.();
    this.#planned.delete(name);
  }

  close(): void {
    for (const cancel of this.#planned.values()) cancel();
    this.#planned.clear();
  }
}
