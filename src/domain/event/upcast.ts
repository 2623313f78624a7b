/**
 * Brings the data of an event that an older version wrote into the shape of today. This is the
 * one place that knows old shapes; version 1 is the first, so there are none yet to bring.
 */
export const upcast = (_type: string, data: unknown, _metadata: unknown): unknown => data
