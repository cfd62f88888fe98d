/** A time before now, ISO 8601. */
export const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
