/**
 * A pure function of something large, remembered for what it was asked of late: at most `most`
 * answers, by their keys. `keyOf` must tell apart whatever `of` tells apart.
 */
export const remembered = <Asked, Answer>(
  most: number,
  keyOf: (asked: Asked) => string,
  of: (asked: Asked) => Answer,
): ((asked: Asked) => Answer) => {
  const answers = new Map<string, { readonly answer: Answer }>()
  return (asked) => {
    const key = keyOf(asked)
    const known = answers.get(key)
    if (known !== undefined) return known.answer
    const answer = of(asked)
    if (answers.size >= most) answers.clear()
    answers.set(key, { answer })
    return answer
  }
}
