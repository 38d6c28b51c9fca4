// Runs asynchronous tasks one at a time, in the order in which they were handed in.

export class SerialQueue {
  #tail: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  /** Resolves or rejects as `task` does; a failed task does not stop the ones behind it. Rejects once closed. */
  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(() => {
      if (this.#isClosed) throw new DOMException("the queue is closed", "AbortError");
      return task();
    });
    this.#tail = result.catch(() => undefined);
    return result;
  }

  /** Tasks that have not begun are rejected. */
  close(): void {
    this.#isClosed = true;
  }
}
