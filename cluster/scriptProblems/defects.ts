import { z } from "zod";
import { messagesOf, messageText, type ScriptMessage, type Sentence, sentence } from "../script.ts";

/** Why a file is not the snapshot that it should be, as the end of a sentence about it: for each code of `because` in a script. */
export const DEFECTS = {
  absent: sentence(["folder"], ({ folder }) => `is not in ${folder}`),
  "cut-short": sentence(
    ["length"],
    ({ length }) => `is cut short or no etcd snapshot: its length is ${length}, which is not 32 modulo 512`,
  ),
  damaged: sentence([], () => "is damaged: the sha256 at its end is not that of what comes before"),
  "no-gzip": sentence([], () => "is a zip, and there is no gzip here to prove it: apt-get install gzip"),
  "no-tee": sentence([], () => "cannot be proven here, which takes tee and /dev/fd: apt-get install coreutils"),
  "no-zip": sentence([], () => "is not a zip"),
  "not-read": sentence([], () => "could not be read"),
  "other-sha256": sentence(["sha", "expected"], ({ sha, expected }) => `has the sha256 ${sha}, not ${expected}`),
  "zip-checksum": sentence(
    ["path"],
    ({ path }) => `is a damaged zip: the checksum of ${path} in it is wrong, and RKE's tools compare it`,
  ),
  "zip-cut-short": sentence([], () => "is a zip that is cut short"),
  "zip-damaged": sentence([], () => "is a damaged zip"),
  "zip-for-old-rke": sentence([], () => "is a zip, which RKE before v0.2.5 cannot read"),
  "zip-method": sentence(
    ["method"],
    ({ method }) => `is a zip packed in a way that RKE does not use (method ${method})`,
  ),
  "zip-name": sentence(["name"], ({ name }) => `is a zip, which RKE unpacks only under the name ${name}.zip`),
  "zip-packed-again": sentence(
    ["bare", "path"],
    ({ bare, path }) =>
      `is a zip that was packed again: it holds ${bare}, and RKE looks for ${path}; unpack that file, and use it instead of the zip`,
  ),
  "zip-without": sentence(["path", "holds"], ({ path, holds }) => `is a zip without ${path}; it holds: ${holds}`),
} satisfies Record<string, Sentence<string>>;

type DefectCode = keyof typeof DEFECTS;

export const defectSchema = z.object({
  code: z.enum(Object.keys(DEFECTS) as [DefectCode, ...DefectCode[]]),
  values: z
    .record(z.string(), z.string())
    .describe("what belongs to the code, by name, such as the `length` of what is cut short"),
});
export type Defect = z.infer<typeof defectSchema>;

export function defectOf(told: string): Defect {
  const [defect] = messagesOf(told, "why");
  return defectSchema.safeParse(defect).data ?? { code: "not-read", values: {} };
}

/** A defect as the end of a sentence about the file. */
export function defectText(defect: ScriptMessage): string {
  return messageText<string>(
    DEFECTS,
    defect,
    (what) => `is not usable, for a reason that this release does not know: ${what}`,
  );
}

/** What a script has told of one file or of several, each by the value `file` where it has one. */
export function defectsText(told: string): string {
  return messagesOf(told, "why")
    .map((defect) => {
      const text = defectText(defect);
      const { file } = defect.values;
      return file === undefined ? text : `${file} ${text}`;
    })
    .join("; ");
}
