/** `03:17:02`, UTC. */
export function clock(at: string): string {
  return new Date(at).toISOString().slice(11, 19);
}

/** `2026-11-23 03:17:02 UTC`. */
export function dateAndClock(at: string): string {
  return `${new Date(at).toISOString().slice(0, 10)} ${clock(at)} UTC`;
}

/** `42 s`, `3 min 38 s` or `1 h 2 min`; tenths where they matter. */
export function took(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A round time as short as it can be said: `30 s`, `2 min` or `1 h 30 min`. */
export function roundTime(seconds: number): string {
  if (seconds === 0) return "0";
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.flatMap((part, at) => (part > 0 ? `${part} ${["h", "min", "s"][at]}` : [])).join(" ");
}

/** A share of the whole, which is 1. */
export function percent(share: number): string {
  return share > 0 && share < 0.005 ? "< 1 %" : `${Math.round(share * 100)} %`;
}
