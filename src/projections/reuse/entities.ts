import type { Database } from "better-sqlite3"
import { BoundedMap } from "../../domain/BoundedMap.ts"
import { unknownService } from "../../domain/capture/service.ts"
import { type AttackerUuid, mintedAttackerUuid } from "../../domain/event/ids.ts"
import type { FoldedEvent } from "./foldIndex.ts"

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

/**
 * Targets and attackers by name. Looking one up that is not there yet inserts it. `isFirst`: no
 * capture has come from the address before.
 */
export interface Entities {
  readonly target: (decky: string, service: string) => Target
  readonly attacker: (
    ip: string,
    event: FoldedEvent,
  ) => { readonly attacker: Attacker; readonly isFirst: boolean }
  /** Whether the decky has a target with an unknown service. */
  readonly hasUnknownService: (decky: string) => boolean
  readonly targetByNo: (no: number) => Target
  readonly attackerByNo: (no: number) => Attacker
  /** Whose the addresses are may have changed in the tables. */
  readonly forgetAttackers: () => void
}

/** The most names kept in memory; beyond it they are looked up again. */
const maxKnown = 50_000

export const makeEntities = (db: Database): Entities => {
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
  const targets = new BoundedMap<string, Target>(maxKnown)
  const unknownOn = new Set(
    db
      .prepare<[string], string>("SELECT decky FROM targets WHERE service = ?")
      .pluck()
      .all(unknownService),
  )
  const attackers = new BoundedMap<string, Attacker>(maxKnown)

  const newAttacker = (ip: string, { ordinal, block }: FoldedEvent): Attacker => {
    const uuid = mintedAttackerUuid(ip)
    return { no: Number(insertAttacker.run(ip, uuid, ordinal, block).lastInsertRowid), ip, uuid }
  }

  return {
    target: (decky, service) => {
      const name = `${decky}\0${service}`
      const known = targets.get(name)
      if (known !== undefined) return known
      const no =
        findTarget.get(decky, service)?.no ??
        Number(insertTarget.run(decky, service).lastInsertRowid)
      if (service === unknownService) unknownOn.add(decky)
      const target = { no, decky, service }
      targets.set(name, target)
      return target
    },
    attacker: (ip, event) => {
      const known = attackers.get(ip)
      if (known !== undefined) return { attacker: known, isFirst: false }
      const found = findAttacker.get(ip)
      const attacker =
        found === undefined ? newAttacker(ip, event) : { ip, no: found.no, uuid: found.uuid }
      attackers.set(ip, attacker)
      return { attacker, isFirst: found === undefined || found.firstSeen === null }
    },
    hasUnknownService: (decky) => unknownOn.has(decky),
    targetByNo: (no) => ({ no, ...present(targetNamed.get(no), no) }),
    attackerByNo: (no) => ({ no, ...present(attackerNamed.get(no), no) }),
    forgetAttackers: () => attackers.clear(),
  }
}

const present = <Row>(row: Row | undefined, no: number): Row => {
  if (row === undefined) throw new Error(`a table refers to number ${no}, which is not there`)
  return row
}
