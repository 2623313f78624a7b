type Value = string | number

/**
 * The conditions of a query, joined by AND, with the values bound to them. The text of a condition
 * is always a constant of ours; what somebody asked for is only ever bound.
 */
export class Conditions {
  readonly values: Array<Value> = []
  readonly #texts: Array<string> = []

  /** Adds a condition, unless one of its values was not asked for. */
  add(text: string, ...values: ReadonlyArray<Value | undefined>): void {
    const given = values.filter((value) => value !== undefined)
    if (given.length < values.length) return
    this.#texts.push(text)
    this.values.push(...given)
  }

  /** `WHERE ...`, or nothing where there are no conditions. */
  get where(): string {
    return this.#texts.length === 0 ? "" : `WHERE ${this.#texts.join(" AND ")}`
  }
}
