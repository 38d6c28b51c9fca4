// One thing after the other, in the order in which they were asked for.

export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();
  #length = 0;

  get isIdle(): boolean {
    return this.#length === 0;
  }

  run<T>(task: () => Promise<T>): Promise<T> {
    this.#length++;
    const turn = this.#last.then(task);
    this.#last = turn.catch(() => undefined).then(() => void this.#length--);
    return turn;
  }

  /** Resolves when everything asked for by now is done. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
