/** What a constructor of this package gets, instead of options, when it makes an object from a handle. */
export class Handle {
  readonly number: number;

  /** @throws TypeError */
  constructor(number: number) {
    if (typeof number !== 'number') throw new TypeError('handle must be a number');
    this.number = number;
  }
}
