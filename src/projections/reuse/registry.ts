import type { Database } from "better-sqlite3"
import { mintedAttackerUuid } from "../../domain/ids.ts"
import type { Secret } from "../../domain/secret.ts"

/** The most names kept in memory; beyond it they are looked up again. */
const remembered = 200_000

/**
 * The numbers that stand for targets, attackers and secrets in the other tables. Asking for one
 * that is not there yet writes it. Number 0 stands for an attacker the log does not name.
 */
export interface Registry {
  readonly target: (decky: string, service: string) => number
  /** `fresh` says that this is the first capture from the address. */
  readonly attacker: (ip: string) => { readonly no: number; readonly fresh: boolean }
  readonly secret: (secret: Secret | null) => number
  readonly forget: () => void
}

export const noAttacker = 0

export const makeRegistry = (db: Database): Registry => {
  const findTarget = db.prepare<[string, string], { no: number }>(
    "SELECT target_no AS no FROM targets WHERE decky = ? AND service = ?",
  )
  const insertTarget = db.prepare("INSERT INTO targets (decky, service) VALUES (?, ?)")
  const findAttacker = db.prepare<[string], { no: number; firstSeen: string | null }>(
    "SELECT attacker_no AS no, first_seen AS firstSeen FROM attackers WHERE ip = ?",
  )
  const insertAttacker = db.prepare(
    "INSERT INTO attackers (ip, uuid, attempt_count) VALUES (?, ?, 0)",
  )
  const findSecret = db.prepare<[string, string], { no: number }>(
    "SELECT secret_no AS no FROM secrets WHERE sha256 = ? AND kind = ?",
  )
  const insertSecret = db.prepare(
    "INSERT INTO secrets (sha256, kind, length, printable, base64) VALUES (?, ?, ?, ?, ?)",
  )
  const targets = new Map<string, number>()
  const attackers = new Map<string, number>()

  return {
    target: (decky, service) => {
      const name = `${decky}\0${service}`
      let no = targets.get(name)
      if (no === undefined) {
        no = findTarget.get(decky, service)?.no
        no ??= Number(insertTarget.run(decky, service).lastInsertRowid)
        if (targets.size >= remembered) targets.clear()
        targets.set(name, no)
      }
      return no
    },
    attacker: (ip) => {
      const known = attackers.get(ip)
      if (known !== undefined) return { no: known, fresh: false }
      const found = findAttacker.get(ip)
      const no = found?.no ?? Number(insertAttacker.run(ip, mintedAttackerUuid(ip)).lastInsertRowid)
      if (attackers.size >= remembered) attackers.clear()
      attackers.set(ip, no)
      return { no, fresh: found === undefined || found.firstSeen === null }
    },
    secret: (secret) => {
      const sha256 = secret?.sha256 ?? ""
      const kind = secret?.kind ?? ""
      return (
        findSecret.get(sha256, kind)?.no ??
        Number(
          insertSecret.run(
            sha256,
            kind,
            secret?.length ?? 0,
            secret?.printable ?? null,
            secret?.base64 ?? null,
          ).lastInsertRowid,
        )
      )
    },
    forget: () => {
      targets.clear()
      attackers.clear()
    },
  }
}
