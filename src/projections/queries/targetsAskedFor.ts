/** A target, or one half of it. */
export interface TargetFilter {
  readonly decky?: string | undefined
  readonly service?: string | undefined
}

/**
 * The numbers of the targets asked for, as a subquery and its values; `undefined` where every
 * target will do. With both halves given, decky and service were seen together.
 */
export const targetsAskedFor = ({
  decky,
  service,
}: TargetFilter): { readonly text: string; readonly values: ReadonlyArray<string> } | undefined => {
  if (decky === undefined) {
    return service === undefined
      ? undefined
      : { text: "SELECT target_no FROM targets WHERE service = ?", values: [service] }
  }
  return service === undefined
    ? { text: "SELECT target_no FROM targets WHERE decky = ?", values: [decky] }
    : {
        text: "SELECT target_no FROM targets WHERE decky = ? AND service = ?",
        values: [decky, service],
      }
}
