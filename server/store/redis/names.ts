// Numbers for the things of one room that a document refers to. A name is given once and never to anything else.

export class Names {
  readonly #names = new WeakMap<object, number>();
  #next: number;

  constructor(next: number) {
    this.#next = next;
  }

  get next(): number {
    return this.#next;
  }

  of(thing: object): number {
    const known = this.#names.get(thing);
    if (known !== undefined) return known;
    this.#names.set(thing, this.#next);
    return this.#next++;
  }

  /** For something that was read back under its name. */
  give<T extends object>(name: number, thing: T): T {
    this.#names.set(thing, name);
    return thing;
  }
}
