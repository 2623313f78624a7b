import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import {
  changedPolicy,
  defaultPolicy,
  isComparable,
  ReusePolicy,
} from "../../../src/domain/finding/policy.ts"
import { plaintext } from "../../../src/domain/secret/secret.ts"
import { secretOf as sealedSecret } from "../../support/sealing.ts"

const secretOf = (text: string, kind = plaintext) => sealedSecret(kind, Buffer.from(text))

describe("a policy", () => {
  it("is one by default", () => {
    expect(Schema.is(ReusePolicy)(defaultPolicy)).toBe(true)
  })

  it.each([
    { minTargets: 1 },
    { minTargets: 0 },
    { minTargets: 2.5 },
    { minTargets: 1_000_001 },
    { attackersAnnounced: 0 },
    { attackersAnnounced: Number.NaN },
    { excludeEmpty: "yes" },
    { excludedKinds: "plaintext" },
    { excludedSecrets: [1] },
  ])("is none with %j", (differences) => {
    expect(Schema.is(ReusePolicy)({ ...defaultPolicy, ...differences })).toBe(false)
  })
})

describe("reuse of a secret", () => {
  it("means something for a password", () => {
    expect(isComparable(defaultPolicy, secretOf("orchid-seven"))).toBe(true)
    expect(isComparable(defaultPolicy, secretOf(" "))).toBe(true)
  })

  it("means nothing where there is none, whatever the policy", () => {
    const open = { ...defaultPolicy, excludeEmpty: false, excludedKinds: [] }
    expect(isComparable(open, null)).toBe(false)
  })

  it("means something for an empty secret only where the policy says so", () => {
    expect(isComparable(defaultPolicy, secretOf(""))).toBe(false)
    expect(isComparable({ ...defaultPolicy, excludeEmpty: false }, secretOf(""))).toBe(true)
  })

  it.each(defaultPolicy.excludedKinds)("means nothing for a %s, by default", (kind) => {
    expect(isComparable(defaultPolicy, secretOf("orchid", kind))).toBe(false)
    expect(isComparable({ ...defaultPolicy, excludedKinds: [] }, secretOf("orchid", kind))).toBe(
      true,
    )
  })

  it("means nothing for a secret that the policy excludes, and something for others", () => {
    const policy = { ...defaultPolicy, excludedSecrets: [secretOf("orchid").digest] }
    expect(isComparable(policy, secretOf("orchid"))).toBe(false)
    expect(isComparable(policy, secretOf("orchid", "ntlm_hash"))).toBe(true)
    expect(isComparable(policy, secretOf("orchid "))).toBe(true)
  })
})

it("a change adds to a list or replaces it, and leaves alone what it does not name", () => {
  const added = changedPolicy(defaultPolicy, {
    excludedKinds: { add: ["plaintext", "ntlmssp_v1"] },
  })
  expect(added).toEqual({
    ...defaultPolicy,
    excludedKinds: [...defaultPolicy.excludedKinds, "plaintext"].sort(),
  })
  const replaced = changedPolicy(added, { excludedKinds: { replaceBy: ["b", "a", "b"] } })
  expect(replaced.excludedKinds).toEqual(["a", "b"])
  expect(changedPolicy(replaced, { excludeEmpty: false, minTargets: 3 })).toEqual({
    ...replaced,
    excludeEmpty: false,
    minTargets: 3,
  })
})
