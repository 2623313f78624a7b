import { maskedTokens } from "../../../src/domain/session/maskedTokens.ts"
import { passwordRarity } from "../../../src/domain/session/rarity.ts"
import type {
  CommandFact,
  LoginFact,
  SessionFacts,
} from "../../../src/domain/session/SessionFacts.ts"

/** A session of which nothing is known. */
export const silent: SessionFacts = {
  clientVersion: null,
  keyExchange: null,
  logins: [],
  commands: [],
}

/** Lines typed one after the other, so many milliseconds apart. */
export const typed = (
  lines: ReadonlyArray<string>,
  gaps: ReadonlyArray<number> = [],
): ReadonlyArray<CommandFact> => {
  let at = 1_000_000
  return lines.map((line, index) => {
    if (index > 0) at += (gaps[index - 1] ?? 1000) * 1000
    return { at, tokens: maskedTokens(line) }
  })
}

/** Attempts, each `user:password`, a second apart. */
export const tried = (pairs: ReadonlyArray<string>): ReadonlyArray<LoginFact> =>
  pairs.map((pair, index) => {
    const [user = "", password = ""] = pair.split(":")
    return { at: index * 1_000_000, rarity: passwordRarity(user, password), pair }
  })
