import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { SnapshotNode } from "./snapshotNode.ts";

/** How a fake program delivers what it is asked for. */
export interface Delivery {
  /** Only so many bytes come, and the program says that all is well. */
  cut?: number;
  /** Only so many bytes come, and then the program waits for ever. */
  hangs?: number;
  /** The program repeats all that it knows on standard error, and fails. */
  leaks?: boolean;
}

// `deliver FROM TO`: copies as the test wants it, and tells its process id where the test finds it.
const DELIVER = ({ cut, hangs }: Delivery) => `deliver() {
  echo $$ >"$here/pid"
  ${
    hangs !== undefined
      ? `head -c ${hangs} "$1" >"$2"; echo hanging >"$here/hangs"; exec sleep 600`
      : cut !== undefined
        ? `head -c ${cut} "$1" >"$2"`
        : `cat "$1" >"$2" || exit 23`
  }
}`;

/**
 * An `s3cmd` whose buckets are the given objects: `bucket/folder/name` → content. It remembers the keys and the authority's
 * certificates that it was given.
 */
export function fakeS3cmd(node: SnapshotNode, objects: Record<string, Buffer>, delivery: Delivery = {}): void {
  for (const [path, content] of Object.entries(objects)) {
    mkdirSync(dirname(join(node.root, "s3", path)), { recursive: true });
    node.put(path, content, join(node.root, "s3"));
  }
  node.program(
    "s3cmd",
    `${DELIVER(delivery)}
printf '%s %s\\n' "\${AWS_ACCESS_KEY_ID-none}" "\${AWS_SECRET_ACCESS_KEY-none}" >"$here/keys"
${delivery.leaks ? 'echo "ERROR: S3 error: 400 ($AWS_ACCESS_KEY_ID, $AWS_SECRET_ACCESS_KEY)" >&2; exit 11' : ""}
while :; do case $1 in --ca-certs=*) cat "\${1#*=}" >"$here/ca"; shift ;; -*) shift ;; *) break ;; esac; done
object=$here/s3/\${2#s3://}
if [ "$1" = ls ]; then
  [ -d "$object" ] || { echo "ERROR: Bucket does not exist" >&2; exit 12; }
  for path in "$object"*; do
    if [ -d "$path" ]; then printf '%26s  %s\\n' DIR "$2\${path##*/}/"
    else printf '%s %12s  %s\\n' "$(date -u -r "$path" '+%Y-%m-%d %H:%M')" "$(wc -c <"$path")" "$2\${path##*/}"; fi
  done
  exit 0
fi
if [ ! -f "$object" ]; then echo "ERROR: S3 error: 404 (Not Found)" >&2; exit 12; fi
case $1 in
  info) echo "$2 (object):"; echo "   File size: $(wc -c <"$object")"; [ ! -e "$object.modified" ] || echo "   Last mod:  $(cat "$object.modified")"; echo "   MIME type: binary" ;;
  get) deliver "$object" "$3" ;;
  *) exit 64 ;;
esac`,
  );
}

/** A `curl` or a `wget` whose web is one address; it reads the address as the real one does, and remembers it. */
export function fakeDownloader(
  node: SnapshotNode,
  program: "curl" | "wget",
  { url, content, modified, ...delivery }: { url: string; content: Buffer; modified?: number } & Delivery,
): void {
  node.put("served", content, node.root);
  node.program(
    program,
    `${DELIVER(delivery)}
if [ "$*" = --version ]; then echo "GNU Wget 1.21"; exit; fi
IFS= read -r asked
${program === "curl" ? `asked=\${asked#'url = "'}; asked=\${asked%'"'}` : ""}
printf '%s' "$asked" >"$here/asked"
${delivery.leaks ? 'echo "cannot get $asked" >&2; exit 8' : ""}
to=
for word; do
  [ "$to" != next ] || to=$word
  case $word in --output) to=next ;; --output-document=*) to=\${word#*=} ;; esac
done
[ "$asked" = '${url}' ] || { echo "The requested URL returned error: 404" >&2; exit 22; }
deliver "$here/served" "$to"
code=$?
${modified === undefined ? "" : `touch -d @${modified} "$to"`}
exit "$code"`,
  );
}

/** A `df` that says how many KiB are free. */
export function fakeDf(node: SnapshotNode, free: number): void {
  node.program(
    "df",
    `echo "Filesystem 1024-blocks Used Available Capacity Mounted on"; echo "/dev/x 9 9 ${free} 9% /"`,
  );
}
