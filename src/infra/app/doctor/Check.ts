/** What a look at one thing has shown. */
export interface Check {
  /** What was looked at, e.g. `disk`. */
  readonly check: string
  /** `unknown` is what cannot be found out without changing something, or not at all. */
  readonly verdict: "ok" | "warning" | "problem" | "unknown"
  readonly said: string
  /** What to do about it. */
  readonly remedy?: string
}

export const ok = (check: string, said: string): Check => ({ check, verdict: "ok", said })

export const unknown = (check: string, said: string): Check => ({
  check,
  verdict: "unknown",
  said,
})

export const warning = (check: string, said: string, remedy: string): Check => ({
  check,
  verdict: "warning",
  said,
  remedy,
})

export const problem = (check: string, said: string, remedy: string): Check => ({
  check,
  verdict: "problem",
  said,
  remedy,
})
