/** How times and durations are written everywhere. Points in time are ISO 8601 in, and UTC out; durations are seconds. */

const UNITS: [unit: string, seconds: number][] = [
  ["d", 86_400],
  ["h", 3600],
  ["min", 60],
  ["s", 1],
];

/** The longest time that a setting may give to a step, s. */
export const LONGEST_WAIT = 86_400;

/** `4.3 s`, `42 s`, `3 min 38 s`, `1 h 30 min` or `2 d 3 h`: the two largest units, without a part that is zero. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${Number(seconds.toFixed(1))} s`;
  const largest = UNITS.findIndex(([, length]) => Math.round(seconds) >= length);
  const [, smallest = 1] = UNITS[largest + 1] ?? [];
  // Rounding may reach the next unit: 3599.6 s are 1 h.
  const rounded = Math.round(seconds / smallest) * smallest;
  let left = rounded;
  const parts = UNITS.map(([unit, length]): [count: number, unit: string] => {
    const count = Math.floor(left / length);
    left -= count * length;
    return [count, unit];
  });
  return parts.flatMap(([count, unit]) => (count > 0 ? [`${count} ${unit}`] : [])).join(" ");
}

/** `0:04`, `3:07` or `1:02:03`: for a time that is still running, as it keeps its width. */
export function stopwatch(seconds: number): string {
  const whole = Math.floor(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const two = (count: number) => String(count).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** `2026-11-23`. */
export function date(at: string): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** `03:17:02`. */
export function timeOfDay(at: string): string {
  return new Date(at).toISOString().slice(11, 19);
}

/** `2026-11-23 03:17:02 UTC`. */
export function dateAndTime(at: string): string {
  return `${date(at)} ${timeOfDay(at)} UTC`;
}

/** `20261123T031702Z`: for names that sort by time. */
export function timeStamp(at: string): string {
  return new Date(at).toISOString().replaceAll(/[-:]|\.\d+/g, "");
}
