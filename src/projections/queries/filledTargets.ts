import { unknownService } from "../../domain/capture/service.ts"

/**
 * SQL for the service of a `finding_targets` row joined with `targets`. An unknown service is replaced by
 * the first known one of the same decky in the finding, if any.
 */
export const filledService = (pair: string, place: string): string =>
  `iif(${place}.service = '${unknownService}',
       coalesce((SELECT known.service FROM finding_targets AS other JOIN targets AS known USING (target_no)
                  WHERE other.finding_no = ${pair}.finding_no AND known.decky = ${place}.decky
                    AND known.service <> '${unknownService}' ORDER BY other.since LIMIT 1),
                ${place}.service), ${place}.service)`

/** SQL for the targets of findings, unknown services filled in. `where` is a condition on `pair`. */
export const filledTargets = (where: string): string =>
  `SELECT finding_no, decky, service, min(first_seen) AS first_seen, max(last_seen) AS last_seen,
          sum(attempt_count) AS attempt_count
     FROM (SELECT pair.finding_no, place.decky, ${filledService("pair", "place")} AS service,
                  pair.first_seen, pair.last_seen, pair.attempt_count
             FROM finding_targets AS pair JOIN targets AS place USING (target_no) WHERE ${where})
    GROUP BY finding_no, decky, service`
