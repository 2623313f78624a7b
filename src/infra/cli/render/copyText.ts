import type { CopyOutcome } from "../../app/copyHistory.ts"
import { visible } from "./visible.ts"

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
