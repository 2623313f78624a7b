import { BoundedMap } from "../BoundedMap.ts"

/**
 * A pure function of something large, remembered for what it was called with lately: at most `max`
 * results, by their keys. `keyOf` must tell apart whatever `of` tells apart.
 */
export const remembered = <Input, Result>(
  max: number,
  keyOf: (input: Input) => string,
  of: (input: Input) => Result,
): ((input: Input) => Result) => {
  const results = new BoundedMap<string, { readonly result: Result }>(max)
  return (input) => {
    const key = keyOf(input)
    const known = results.get(key)
    if (known !== undefined) return known.result
    const result = of(input)
    results.set(key, { result })
    return result
  }
}
