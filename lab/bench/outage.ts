/** One question to Rancher and what came of it. Times are seconds since the measured command began. */
export interface Sample {
  asked: number;
  /** When the answer was there, or was given up. */
  ended: number;
  /** The version that Rancher names; absent where it does not answer, or is not healthy. */
  version?: string;
}

/** What a visitor does not notice: one question of ten a second that a busy machine answers too late is no outage. */
const GAP_SECONDS = 1;

/** For how long Rancher was away. Times are seconds since the measured command began. */
interface Outage {
  /** From the first question without an answer until the first of the answers that never stop for GAP_SECONDS again. */
  seconds: number;
  from: number;
  until: number;
  /** When the right version answered for the first time; later ones may have failed. */
  firstAnswer: number;
  /** Questions without the right answer after that first answer. */
  lapses: number;
}

/**
 * @param samples of the whole time that was watched; those from before the command are left out.
 * @param right the version that must answer in the end.
 * @returns undefined where Rancher does not answer with that version at the end.
 */
export function outageOf(samples: readonly Sample[], right: string): Outage | undefined {
  const watched = samples.filter(({ asked }) => asked >= 0).sort((one, other) => one.asked - other.asked);
  const isRight = ({ version }: Sample) => version === right;
  const failed = watched.find(({ version }) => version === undefined);
  const steady = backSince(watched, right);
  if (!steady) return undefined;
  if (!failed) return { seconds: 0, from: 0, until: 0, firstAnswer: 0, lapses: 0 };
  const from = failed.asked;
  const after = watched.filter(({ asked }) => asked >= from);
  const first = after.find(isRight) ?? steady;
  const lapses = after.filter((sample) => sample.asked > first.asked && !isRight(sample)).length;
  return { seconds: steady.ended - from, from, until: steady.ended, firstAnswer: first.ended, lapses };
}

/** The first of the right answers with no long gap and no other version between them; undefined where the last is wrong. */
function backSince(watched: Sample[], right: string): Sample | undefined {
  let back: Sample | undefined;
  for (const sample of watched.toReversed()) {
    const isOther = sample.version !== right;
    if (isOther && (!back || sample.version !== undefined)) return back;
    if (isOther) continue;
    if (back && back.asked - sample.asked > GAP_SECONDS) return back;
    back = sample;
  }
  return back;
}

/** For how many seconds up to now only the right version has answered; 0 where the last answer was another. */
export function steadySeconds(samples: readonly Sample[], right: string): number {
  const ordered = [...samples].sort((one, other) => one.asked - other.asked);
  const steady = ordered[ordered.findLastIndex(({ version }) => version !== right) + 1];
  return steady ? Number(ordered.at(-1)?.ended) - steady.ended : 0;
}
