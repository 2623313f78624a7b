import type { Copied } from "../../eventlog/copy/copyLog.ts"
import { visible } from "./visible.ts"

/** The answer of `credtrail log copy --json`. */
export interface CopyOutcome extends Copied {
  /** Where the logs are; addresses without credentials. */
  readonly from: string
  readonly to: string
  readonly seconds: number
}

/** What a copy came to, for people. */
export const copyText = ({ from, to, events, copied, digest, seconds }: CopyOutcome): string =>
  [
    `from     ${visible(from)}`,
    `to       ${visible(to)}`,
    `events   ${number(events)}, the same in both`,
    `copied   ${number(copied)}${copied < events ? ` (${number(events - copied)} were there)` : ""}`,
    `sha-256  ${digest}`,
    `seconds  ${seconds.toFixed(1)}`,
  ].join("\n")

const number = (value: number): string => value.toLocaleString("en-US")
