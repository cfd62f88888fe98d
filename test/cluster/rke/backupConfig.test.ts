import { describe, expect, test } from "vitest";
import { isAlias, parse, parseDocument, type Scalar, visit } from "yaml";
import { ClusterFileError } from "../../../cluster/clusterFile/clusterFileError.ts";
import { withoutBackupConfig } from "../../../cluster/rke/backupConfig.ts";
import { parseRkeVersion, type RkeVersion } from "../../../cluster/rke/version.ts";

const [V018, V020, V1016, V110, V180] = ["v0.1.18", "v0.2.0", "v1.0.16", "v1.1.0", "v1.8.0"].map(
  (text) => parseRkeVersion(`rke version ${text}`) as RkeVersion,
) as [RkeVersion, RkeVersion, RkeVersion, RkeVersion, RkeVersion];

const NODES = "nodes: # all of them\n- {address: 10.0.0.1, port: 0022, role: [etcd], labels: {v: 1.10}}\n";

const S3 = `${NODES}services:
  etcd:
    # every six hours
    backup_config:
      enabled: true
      interval_hours: 6   # not 12
      timeout: 900
      safe_timestamp: true
      s3backupconfig:
        access_key: AKIA
        secret_key: "s3cr3t"
        bucket_name: snapshots
        endpoint: s3.example.org
        custom_ca: |-
          -----BEGIN CERTIFICATE-----
          AAAA
    extra_args: {quota-backend-bytes: "1e10"}
`;

/** What RKE knows of services.etcd: it ignores the keys that are new to it. */
function etcdAsRkeReads(source: string): Record<string, unknown> {
  const { services } = parse(source, { merge: true, uniqueKeys: false }) as { services?: { etcd?: object } };
  const known = (value: object) => Object.entries(value).filter(([key]) => !key.startsWith("x-"));
  const { backup_config, ...etcd } = Object.fromEntries(known(services?.etcd ?? {}));
  return backup_config ? { ...etcd, backup_config: Object.fromEntries(known(backup_config)) } : etcd;
}

describe("the cluster file for a restore", () => {
  test("has no S3 and no recurring snapshots, but the rest of backup_config, the timeout among it", () => {
    expect(etcdAsRkeReads(withoutBackupConfig(S3, V180))).toEqual({
      snapshot: false,
      backup_config: { enabled: true, interval_hours: 6, timeout: 900, safe_timestamp: true },
      extra_args: { "quota-backend-bytes": "1e10" },
    });
  });

  test("keeps every other byte", () => {
    const lines = withoutBackupConfig(S3, V180).split("\n");
    const before = S3.split("\n");
    expect(lines.filter((line) => !before.includes(line))).toEqual([
      "    snapshot: false",
      "      x-not-for-a-restore-s3backupconfig:",
    ]);
    expect(before.filter((line) => !lines.includes(line))).toEqual(["      s3backupconfig:"]);
  });

  test.for([V020, V1016])("has no backup_config at all for RKE %s, which refuses one without S3", (version) => {
    expect(etcdAsRkeReads(withoutBackupConfig(S3, version))).toEqual({
      snapshot: false,
      extra_args: { "quota-backend-bytes": "1e10" },
    });
  });

  test("has its backup_config from RKE v1.1.0 on, which restores locally with it", () => {
    expect(etcdAsRkeReads(withoutBackupConfig(S3, V110))).toHaveProperty("backup_config.timeout", 900);
  });

  test("is what it was for RKE 0.1, which knows no S3 and needs what a recurring snapshot writes", () => {
    expect(withoutBackupConfig(S3, V018)).toBe(S3);
  });
});

/** A cluster file with etcd's settings in lines of their own. */
const etcd = (...lines: string[]) => `services:\n  etcd:\n${lines.map((line) => `    ${line}\n`).join("")}`;

describe("S3 is taken out however it is written:", () => {
  const ELSEWHERE = "x: &b {s3backupconfig: {region: r}}\n";
  const written: [how: string, source: string][] = [
    ["in one line", `${NODES}services: {etcd: {backup_config: {s3backupconfig: {secret_key: a, bucket_name: b}}}}\n`],
    ["as JSON", `{"nodes":[{"address":"a"}],"services":{"etcd":{"backup_config":{"s3backupconfig":{"region":"r"}}}}}`],
    ["with quotes", S3.replace("s3backupconfig:", `"s3backupconfig":`)],
    ["with escapes", S3.replace("s3backupconfig:", `"s3backup\\x63onfig":`)],
    ["as an explicit key", S3.replace(/s3backupconfig:\n {8}/, "? s3backupconfig\n      : ")],
    ["with an anchor on its key", S3.replace("s3backupconfig:", "&key s3backupconfig :")],
    ["as empty", `${NODES}services: {etcd: {backup_config: {s3backupconfig: }}}`],
    [
      "as an alias to backup_config",
      "x: &b {timeout: 5, s3backupconfig: {region: r}}\nservices: {etcd: {backup_config: *b}}\n",
    ],
    ["as an alias to itself", "x: &s {region: r}\nservices:\n  etcd:\n    backup_config:\n      s3backupconfig: *s\n"],
    ["as an alias to services", "x: &s\n  etcd: {backup_config: {s3backupconfig: {region: r}}}\nservices: *s\n"],
    ["with its name as an alias", "x: &k s3backupconfig\nservices: {etcd: {backup_config: {*k : {region: r}}}}\n"],
    ["by a merge key", ELSEWHERE + etcd("backup_config: {<<: *b, timeout: 5}")],
    ["by a merge key that stands last", ELSEWHERE + etcd("backup_config: {timeout: 5, <<: *b}")],
    ["by several merge keys", `${ELSEWHERE}y: &c {timeout: 5}\n${etcd("backup_config: {<<: [*c, *b]}")}`],
    ["by a merge key higher up", `x: &e {backup_config: {s3backupconfig: {region: r}}}\n${etcd("<<: *e", "gid: 5")}`],
    ["twice", "services: {etcd: {backup_config: {s3backupconfig: {region: r}, s3backupconfig: {region: q}}}}\n"],
    [
      "under a key that is there twice",
      "services: {etcd: {backup_config: {s3backupconfig: {region: r}}}}\nservices: {kubelet: {}}\n",
    ],
    ["with Windows' line ends", S3.replaceAll("\n", "\r\n")],
    ["behind a mark of a document", `# a comment\n---\n${S3}`],
  ];

  test.for(written)("%s", ([, source]) => {
    for (const version of [V180, V020]) {
      const text = withoutBackupConfig(source, version);
      const hidden = version === V180 ? "s3backupconfig" : "backup_config";
      expect(keys(text)).not.toContain(hidden);
      expect(keys(source)).toContain(hidden);
    }
  });

  /** Every key in the file, also those that a later one of the same name hides from this parser, but not from RKE's. */
  function keys(source: string): unknown[] {
    const document = parseDocument(source, { uniqueKeys: false });
    const found: unknown[] = [];
    visit(document, {
      Pair: (_, { key }) => void found.push((isAlias(key) ? key.resolve(document) : (key as Scalar))?.toJSON()),
    });
    return found;
  }

  test("and an alias elsewhere to what stands there still has its anchor", () => {
    const source = "services: {etcd: {backup_config: &b {s3backupconfig: &s {region: r}}}}\nx: [*b, *s]\n";
    expect(parse(withoutBackupConfig(source, V020))).toMatchObject({
      x: [{ s3backupconfig: { region: "r" } }, { region: "r" }],
    });
  });

  test("and a text that only speaks of it is left alone", () => {
    const source = `${NODES}addons: |-\n  s3backupconfig: {}\n# s3backupconfig:\nservices: {etcd: {snapshot: false}}\nname: s3backupconfig\n`;
    expect(withoutBackupConfig(source, V180)).toBe(source);
  });
});

describe("recurring snapshots are switched off", () => {
  const written: [how: string, source: string, edited: string][] = [
    ["where there are no services", NODES, `services: {etcd: {snapshot: false}}\n${NODES}`],
    ["where there is no etcd", "services:\n  kubelet: {}\n", "services:\n  etcd: {snapshot: false}\n  kubelet: {}\n"],
    ["where nothing says so", etcd("gid: 5"), etcd("snapshot: false", "gid: 5")],
    ["in one line", "services: {etcd: {gid: 5}}\n", "services: {etcd: {snapshot: false, gid: 5}}\n"],
    [
      "as the runbook has them on",
      etcd("snapshot: true # on", "creation: 6h"),
      etcd("snapshot: false # on", "creation: 6h"),
    ],
    ["in YAML 1.1", "services: {etcd: {snapshot: yes}}\n", "services: {etcd: {snapshot: false}}\n"],
    ["in JSON", `{"services":{"etcd":{"snapshot":true}}}`, `{"services":{"etcd":{"snapshot":false}}}`],
    [
      "as `rke config` writes them",
      ...(["null", "false"].map((is) => etcd("gid: 0", `snapshot: ${is}`, "retention: ''")) as [string, string]),
    ],
    ["where their key is empty", etcd("snapshot:"), etcd("snapshot: false")],
    ["where it is ~", "services: {etcd: {snapshot: ~}}\n", "services: {etcd: {snapshot: false}}\n"],
    [
      "where etcd is empty",
      "services:\n  etcd: # by default\n  kubelet: {}\n",
      "services:\n  etcd: {snapshot: false} # by default\n  kubelet: {}\n",
    ],
    ["where etcd is empty and last", "services:\n    etcd:", "services:\n    etcd: {snapshot: false}"],
    [
      "where etcd is empty, with the line ends of Windows",
      "services:\r\n  etcd:\r\n  kubelet:\r\n",
      "services:\r\n  etcd: {snapshot: false}\r\n  kubelet:\r\n",
    ],
    ["where services are empty", "services:\nnodes: []\n", "services: {etcd: {snapshot: false}}\nnodes: []\n"],
    [
      "where they are there twice",
      "services: {etcd: {snapshot: true, snapshot: true}}\n",
      "services: {etcd: {snapshot: true, snapshot: false}}\n",
    ],
    [
      "where services are there twice, which RKE takes together",
      "services:\n  etcd:\n    snapshot: true\nservices:\n  kubelet: {}\n",
      "services:\n  etcd:\n    snapshot: true\nservices:\n  etcd: {snapshot: false}\n  kubelet: {}\n",
    ],
    ["where etcd has no entry", "services: {etcd: {}}\n", "services: {etcd: {snapshot: false}}\n"],
  ];
  test.for(written)("%s", ([, source, edited]) => {
    expect(withoutBackupConfig(source, V180)).toBe(edited);
  });

  const left: [how: string, source: string][] = [
    ["are off already", "services: {etcd: {snapshot: false}}\n"],
    ["given by a merge key", "x: &e {snapshot: true}\nservices: {etcd: {<<: *e, gid: 5}}\n"],
    ["given by an alias", "x: &e {snapshot: true}\nservices: {etcd: *e}\n"],
    ["are what an alias elsewhere means", "services: {etcd: {snapshot: &on true, gid: 5}}\nx: *on\n"],
    ["have an etcd that is an anchor for nothing", "services: {etcd: &e }\nx: *e\n"],
    ["have no file", ""],
  ];
  test.for(left)("but left alone where they %s", ([, source]) => {
    expect(withoutBackupConfig(source, V180)).toBe(source);
  });
});

test("a cluster file that is no YAML is refused without a word of its content", () => {
  expect(() => withoutBackupConfig("services: {etcd: s3cr3t: b", V180)).toThrow(ClusterFileError);
  expect(() => withoutBackupConfig("services: {etcd: s3cr3t: b", V180)).not.toThrow("s3cr3t");
});
