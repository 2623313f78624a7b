import manifest from "../package.json" with { type: "json" }

/** The version of this credtrail, as `package.json` says. */
export const version: string = manifest.version
