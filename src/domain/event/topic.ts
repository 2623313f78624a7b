/**
 * Whether an event type answers to a topic pattern: tokens between dots, `*` for exactly one of
 * them, `>` at the end for one or more. `credential.>` matches `credential.reuse.detected`;
 * `credential.*` does not.
 */
export const topicMatches = (pattern: string, type: string): boolean => {
  const wanted = pattern.split(".")
  const given = type.split(".")
  for (const [index, token] of wanted.entries()) {
    if (token === ">") return given.length > index
    const actual = given[index]
    if (actual === undefined || actual === "" || (token !== "*" && token !== actual)) return false
  }
  return wanted.length === given.length
}

/** Why a topic pattern is not one, or `undefined` where it is. */
export const topicProblem = (pattern: string): string | undefined => {
  const tokens = pattern.split(".")
  if (tokens.includes("")) return "a topic has no empty tokens"
  const rest = tokens.indexOf(">")
  if (rest !== -1 && rest !== tokens.length - 1) return "'>' stands only at the end of a topic"
  return undefined
}
