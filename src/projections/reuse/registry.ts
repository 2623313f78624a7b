import type { Database } from "better-sqlite3"
import { type AttackerUuid, mintedAttackerUuid } from "../../domain/event/ids.ts"
import type { Folded } from "./folded.ts"

/** A target and the number that stands for it in the other tables. */
export interface Target {
  readonly no: number
  readonly decky: string
  readonly service: string
}

/** An address, the number that stands for it, and whose it is. */
export interface Attacker {
  readonly no: number
  readonly ip: string
  readonly uuid: AttackerUuid
}

/** The most names kept in memory; beyond it they are looked up again. */
const remembered = 50_000

/**
 * Targets and attackers by name. Asking for one that is not there yet writes it. `isFirst` says
 * that no capture has come from the address before.
 */
export interface Registry {
  readonly target: (decky: string, service: string) => Target
  readonly attacker: (ip: string) => { readonly attacker: Attacker; readonly isFirst: boolean }
  readonly targetByNo: (no: number) => Target
  readonly attackerByNo: (no: number) => Attacker
  readonly forget: () => void
}

export const makeRegistry = (db: Database, folded: Folded): Registry => {
  const findTarget = db.prepare<[string, string], { no: number }>(
    "SELECT target_no AS no FROM targets WHERE decky = ? AND service = ?",
  )
  const insertTarget = db.prepare("INSERT INTO targets (decky, service) VALUES (?, ?)")
  const findAttacker = db.prepare<
    [string],
    { no: number; uuid: AttackerUuid; firstSeen: string | null }
  >("SELECT attacker_no AS no, uuid, first_seen AS firstSeen FROM attackers WHERE ip = ?")
  const targetNamed = db.prepare<[number], { decky: string; service: string }>(
    "SELECT decky, service FROM targets WHERE target_no = ?",
  )
  const attackerNamed = db.prepare<[number], { ip: string; uuid: AttackerUuid }>(
    "SELECT ip, uuid FROM attackers WHERE attacker_no = ?",
  )
  const insertAttacker = db.prepare(
    "INSERT INTO attackers (ip, uuid, attempt_count, since, block) VALUES (?, ?, 0, ?, ?)",
  )
  const targets = new Map<string, Target>()
  const attackers = new Map<string, Attacker>()

  const newAttacker = (ip: string): Attacker => {
    const uuid = mintedAttackerUuid(ip)
    const { lastInsertRowid } = insertAttacker.run(ip, uuid, folded.ordinal(), folded.block())
    return { no: Number(lastInsertRowid), ip, uuid }
  }

  return {
    target: (decky, service) => {
      const name = `${decky}\0${service}`
      let target = targets.get(name)
      if (target === undefined) {
        const no =
          findTarget.get(decky, service)?.no ??
          Number(insertTarget.run(decky, service).lastInsertRowid)
        target = { no, decky, service }
        if (targets.size >= remembered) targets.clear()
        targets.set(name, target)
      }
      return target
    },
    attacker: (ip) => {
      const known = attackers.get(ip)
      if (known !== undefined) return { attacker: known, isFirst: false }
      const found = findAttacker.get(ip)
      const attacker =
        found === undefined ? newAttacker(ip) : { ip, no: found.no, uuid: found.uuid }
      if (attackers.size >= remembered) attackers.clear()
      attackers.set(ip, attacker)
      return { attacker, isFirst: found === undefined || found.firstSeen === null }
    },
    targetByNo: (no) => ({ no, ...present(targetNamed.get(no), no) }),
    attackerByNo: (no) => ({ no, ...present(attackerNamed.get(no), no) }),
    forget: () => {
      targets.clear()
      attackers.clear()
    },
  }
}

const present = <Row>(row: Row | undefined, no: number): Row => {
  if (row === undefined) throw new Error(`a table refers to number ${no}, which is not there`)
  return row
}
