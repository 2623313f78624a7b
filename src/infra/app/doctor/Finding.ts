/** What a look at one thing has shown. */
export interface Finding {
  /** What was looked at, e.g. `disk`. */
  readonly check: string
  /** `unknown` is what cannot be found out without changing something, or not at all. */
  readonly verdict: "ok" | "warning" | "problem" | "unknown"
  readonly said: string
  /** What to do about it. */
  readonly remedy?: string
}

export const ok = (check: string, said: string): Finding => ({ check, verdict: "ok", said })

export const unknown = (check: string, said: string): Finding => ({
  check,
  verdict: "unknown",
  said,
})

export const warning = (check: string, said: string, remedy: string): Finding => ({
  check,
  verdict: "warning",
  said,
  remedy,
})

export const problem = (check: string, said: string, remedy: string): Finding => ({
  check,
  verdict: "problem",
  said,
  remedy,
})
