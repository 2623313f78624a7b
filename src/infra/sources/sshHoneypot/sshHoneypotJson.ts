import { plaintext, triedSecret } from "../../../domain/secret/secret.ts"
import { attemptRun } from "../equalAttempts.ts"
import { loggedAddress, loggedText, loggedTime, noTime } from "../loggedValue.ts"
import { objectParser } from "../objectParser.ts"
import {
  nothing,
  type ParserSettings,
  type RecordParser,
  rejected,
  type SourceAdapter,
} from "../SourceAdapter.ts"
import type { SourceRecord } from "../SourceRecord.ts"

const parser = ({ zone }: ParserSettings): RecordParser => {
  const run = attemptRun()
  const reader = objectParser((event, record) => {
    if (event.event === undefined) return rejected("missing-field")
    const observedAt = loggedTime(event.time, zone)
    run.at(observedAt ?? "")
    if (event.event !== "ssh-honeypot-auth") return nothing
    if (event.user === undefined || event.pass === undefined) return rejected("missing-field")
    const user = loggedText(event.user)
    const password = loggedText(event.pass)
    if (user === undefined || password === undefined) return rejected("wrong-type")
    if (observedAt === undefined) return rejected(noTime(event.time))
    const { host } = event
    const draft = {
      observedAt,
      sensor: typeof host === "string" && host !== "" ? record.textOf(host) : null,
      service: "ssh",
      attackerIp: loggedAddress(event.client),
      sessionId: null,
      principal: user === null ? null : record.textOf(user),
      secret: password === null ? null : triedSecret(plaintext, record.bytesOf(password)),
      outcome: "failure" as const,
      fields: {},
    }
    return { captures: [run.numbered(draft)] }
  })
  return { ...reader, startFile: () => run.at("") }
}

const isSshHoneypotJson = (record: SourceRecord): boolean => {
  const event = record.object
  if (typeof event === "string" || typeof event.event !== "string") return false
  return event.event.startsWith("ssh-honeypot-") && event.time !== undefined
}

/**
 * What droberson's ssh-honeypot writes with `-j`: one event a line, of which `ssh-honeypot-auth` are
 * the attempts. Its text log has the same ones, and they come to the same captures.
 */
export const sshHoneypotJson: SourceAdapter = {
  format: "ssh-honeypot-json",
  isJson: true,
  zoneless: false,
  recognises: isSshHoneypotJson,
  parser,
  parserPerFile: true,
}
