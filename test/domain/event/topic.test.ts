import { describe, expect, it } from "vitest"
import { topicMatches, topicProblem } from "../../../src/domain/event/topic.ts"

describe("a topic", () => {
  it.each([
    ["credential.captured", "credential.captured"],
    ["credential.*", "credential.captured"],
    ["*.captured", "credential.captured"],
    ["*.*", "credential.captured"],
    ["credential.>", "credential.captured"],
    ["credential.>", "credential.reuse.detected"],
    ["credential.*.detected", "credential.reuse.detected"],
    ["*.*.>", "credential.reuse.detected"],
    [">", "credential.reuse.detected"],
    [">", "credential"],
  ])("%s matches %s", (pattern, type) => {
    expect(topicMatches(pattern, type)).toBe(true)
  })

  it.each([
    ["credential.*", "credential.reuse.detected"],
    ["credential.*", "credential"],
    ["credential.*", "credential."],
    ["credential.>", "credential"],
    ["credential", "credential.captured"],
    ["credential.captured", "credential"],
    ["credential.captured", "Credential.captured"],
    ["cred*.captured", "credential.captured"],
    ["*", "credential.captured"],
    ["attacker.>", "credential.captured"],
    ["*.*.>", "credential.captured"],
    ["credential.c.*", "credential.captured"],
  ])("%s does not match %s", (pattern, type) => {
    expect(topicMatches(pattern, type)).toBe(false)
  })

  it.each(["credential.captured", "*", ">", "credential.>", "*.reuse.*"])("may be %s", (topic) => {
    expect(topicProblem(topic)).toBeUndefined()
  })

  it.each(["", ".", "credential.", ".captured", "credential..captured", ">.captured", "a.>.>"])(
    "may not be '%s', and says why",
    (topic) => {
      expect(topicProblem(topic)).toMatch(/topic/)
    },
  )
})
