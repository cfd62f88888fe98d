import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ClusterFileError, parseClusterFile, readClusterFile } from "../../../cluster/clusterFile/clusterFile.ts";
import { tempFolder, textFile } from "../../support/folder.ts";

const SECRET =
  "-----BEGIN OPENSSH PRIVATE KEY-----\n      b3BlbnNzaC1rZXktdjEAAAAA\n      -----END OPENSSH PRIVATE KEY-----";

/** The mistakes found in a cluster file's text. Anything but a ClusterFileError fails the test. */
function mistakesIn(source: string): string[] {
  try {
    parseClusterFile(source, "/cluster");
  } catch (error) {
    if (error instanceof ClusterFileError) return error.mistakes;
    throw error;
  }
  return [];
}

describe("a cluster file with mistakes", () => {
  const fine = "user: u, role: [controlplane, etcd]";

  test.each([
    ["nodes: []", "has no nodes"],
    ["cluster_name: a", "has no nodes"],
    ["Nodes: []", "has no nodes"],
    ["nodes: [{address: a, user: u, role: [etcd]}]", "no node has the role controlplane"],
    ["nodes: [{address: a, user: u, role: [controlplane]}]", "no node has the role etcd"],
    ["nodes: [{address: a, user: u, role: [controlplane, etcd, master]}]", 'node a has the role "master"; RKE knows'],
    ["nodes: [{address: a, user: u, role: [controlplane, etcd, ' worker']}]", 'node a has the role " worker"'],
    ["nodes: [{address: a, user: u, role: [controlplane, etcd, ~]}]", 'node a has the role ""'],
    [`nodes: [{address: a, ${fine}}, {address: b, user: u, role: []}]`, "node b has no role"],
    [`nodes: [{address: a, ${fine}}, {address: b, user: u}]`, "node b has no role"],
    [`nodes: [{address: a, port: 0, ${fine}}]`, "node a has no valid port"],
    [`nodes: [{address: a, port: 65536, ${fine}}]`, "node a has no valid port"],
    [`nodes: [{address: a, port: 0x16, ${fine}}]`, "node a has no valid port"],
    [`nodes: [{address: a, ${fine}}, {address: a, hostname_override: b, ${fine}}]`, "node a is listed twice"],
    [
      `nodes: [{address: a, hostname_override: N, ${fine}}, {address: b, hostname_override: n, ${fine}}]`,
      "node b is listed twice",
    ],
    ["nodes: [{address: a, role: [controlplane, etcd]}]", "node a has no user, and RKE has no default for it"],
    ["nodes: [{address: a, user: ~, role: [controlplane, etcd]}]", "node a has no user"],
    [`nodes: [{address: a, ${fine}}, {${fine}}]`, "node 2 has no address"],
    [`nodes: [{address: a, ${fine}}, ]\nbastion_host: {address: j}`, "bastion_host has no user"],
    [`nodes: [{address: a, ${fine}}]\nbastion_host: {address: j, user: u, port: x}`, "bastion_host has no valid port"],
    [`nodes: [{address: 'fd00::1', ${fine}}]`, "node fd00::1 has an IPv6 address and no hostname_override"],
    [`nodes: [{address: a, hostname_override: n_1, ${fine}}]`, "node a has a name that is none for Kubernetes, n_1"],
    [`nodes: [{address: a b, ${fine}}]`, "node a b has a name that is none for Kubernetes"],
    ["nodes: [{address: a, user: u, role: controlplane}]", "node 1 (a): role must be a list"],
    ["nodes: [{address: a, user: u, role: 'controlplane,etcd'}]", "node 1 (a): role must be a list"],
    ["nodes: {a: {address: a}}", "nodes must be a list"],
    [`nodes: [{address: a, ${fine}}, b]`, "node 2 is no mapping of settings"],
    [`nodes: [{address: [a], ${fine}}]`, "node 1: address must be text"],
    [`nodes: [{address: a, ${fine}, ssh_key: [x]}]`, "node 1 (a): ssh_key must be text"],
    [`nodes: [{address: a, ${fine}}]\nssh_agent_auth: 'true'`, "ssh_agent_auth must be true or false, without quotes"],
    [`nodes: [{address: a, ${fine}}]\nssh_agent_auth: 1`, "ssh_agent_auth must be true or false, without quotes"],
    [`nodes: [{address: a, ${fine}}]\nbastion_host: jump`, "bastion_host must be a mapping of settings"],
    [
      `nodes: [{address: a, ${fine}}]\nservices: {etcd: {backup_config: {s3backupconfig: {bucket_name: b}}}}`,
      "s3backupconfig has no endpoint, which RKE demands",
    ],
    [
      "nodes: [{address: a, user: u, role: [controlplane]}]\nservices: {etcd: {external_urls: ['https://e:2379']}}",
      "names an external etcd (services.etcd.external_urls): RKE neither saves nor restores its snapshots",
    ],
    ["", "is empty"],
    ["---\n---\nnodes: []", "is empty"],
    ["just text", "is no mapping of settings"],
    ["- a", "is no mapping of settings"],
    ["nodes: [{address: *nobody, role: [etcd]}]", "is not YAML: it has an alias without its anchor at line 1"],
    ["nodes:\n- &a {b: *a}", "is not YAML: it has an alias that is inside its own anchor at line 2"],
    ["x: &x [{a: b}]\nnodes:\n- <<: *x", "has a merge key << at line 3 that names no mapping"],
    ["nodes: []\n~: x", "is not YAML that RKE reads: a key at line 2 is no text"],
    ["nodes: []\n# \x07", "is not YAML: a control character stands at line 2"],
    ["%YAML 1.2\n---\nnodes: []", "is YAML 1.2 by its first line; RKE reads YAML 1.1 only"],
  ])("%j → %s", (source, mistake) => {
    expect(mistakesIn(source)).toEqual([expect.stringContaining(mistake)]);
  });

  test.each([
    ["nodes: [{address: '{{ ip }}', user: u, role: [etcd]}]", "node 1 ({{ ip }}): address"],
    [`nodes: [{address: '\${IP}', user: u, role: [etcd]}]`, `node 1 (\${IP}): address`],
    ["nodes: [{address: <IP_NODE_1>, user: u, role: [etcd]}]", "node 1 (<IP_NODE_1>): address"],
    ["nodes: [{address: a, user: '{{ user }}', role: [etcd]}]", "node 1 (a): user"],
    [`nodes: [{address: a, user: u, role: [etcd], ssh_key_path: '\${HOME}/key'}]`, "node 1 (a): ssh_key_path"],
    ["nodes: [{address: < ip of node 1 >, user: u, role: [etcd]}]", "node 1 (< ip of node 1 >): address"],
    ["nodes:\n- address: {{ ip }}\n", "line 2"],
    ["nodes:\n- address: %master_ip%\n  user: u\n", "line 2"],
    [`nodes:\n%{ for ip in ips ~}\n- address: \${ip}\n%{ endfor ~}\n`, "line 2"],
    [`# nodes\n\${bastion}\n\nnodes:\n\${master}\nnetwork:\n  plugin: canal\n`, "line 2"],
    ["nodes:\n{% for ip in ips %}\n- address: {{ ip }}\n{% endfor %}\n", "line 2"],
    ["# {{ managed }}\nnodes:\n- address: {{ ip }}:{{ port }}\n", "line 3"],
  ])("is a template: %j → one sentence that names %s", (source, where) => {
    expect(mistakesIn(source)).toEqual([
      `is a template: ${where} has a placeholder; give the finished file that RKE reads`,
    ]);
  });

  test("is a template in one sentence, however many placeholders it has", () => {
    const source =
      "ssh_key_path: <KEY>\nnodes: [{address: <A>, user: <U>, role: []}, {address: <A>, user: u, role: x}]";
    expect(mistakesIn(source)).toEqual([
      "is a template: ssh_key_path has a placeholder, and so have 3 more settings; give the finished file that RKE reads",
    ]);
    expect(mistakesIn("nodes: [{address: <A>, user: <U>, role: [etcd]}]")).toEqual([
      "is a template: node 1 (<A>): address has a placeholder, and so has 1 more setting; give the finished file that RKE reads",
    ]);
  });

  test("is no template for a placeholder that comes after what is wrong", () => {
    expect(mistakesIn("nodes:\n- user: @u\naddons: |\n  {{ x }}\n")).toEqual([
      "is not YAML: a value begins with a character that must be quoted at line 2",
    ]);
  });

  test("is no template for what addons and commands have in their text", () => {
    const source = `nodes: [{address: a, ${fine}}]\naddons: |\n  x: {{ y }}\nservices: {kubelet: {extra_args: {a: "$\{B}"}}}\n`;
    expect(mistakesIn(source)).toEqual([]);
  });

  test.each([
    ["addon_job_timeout: '60'", "addon_job_timeout must be a number, without quotes"],
    ["addon_job_timeout: 60s", "addon_job_timeout must be a number, without quotes"],
    ["ignore_docker_version: tru", "ignore_docker_version must be true or false, without quotes"],
    ["network: canal", "network must be a mapping of settings"],
    ["network: {options: {a: [b]}}", "network: options must have a text for each name, also for a"],
    ["authentication: {sans: lb.example.org}", "authentication: sans must be a list"],
    ["services: {kubelet: {extra_args: [max-pods]}}", "services: kubelet: extra_args must be a mapping of settings"],
    ["services: {kubelet: {extra_args: max-pods}}", "services: kubelet: extra_args must be a mapping of settings"],
    ["services: {kube-api: on}", "services: kube-api must be a mapping of settings"],
    [
      "services: {etcd: {backup_config: {interval_hours: 12h}}}",
      "services: etcd: backup_config: interval_hours must be a number, without quotes",
    ],
    [
      "services: {etcd: {backup_config: {enabled: 'true'}}}",
      "services: etcd: backup_config: enabled must be true or false, without quotes",
    ],
    [
      "upgrade_strategy: {node_drain_input: {delete_local_data: 'false'}}",
      "upgrade_strategy: node_drain_input: delete_local_data must be true or false, without quotes",
    ],
    ["private_registries: [{url: r, is_default: 1}]", "private_registries 1: is_default must be true or false"],
    ["private_registries: [r]", "private_registries 1 must be a mapping of settings"],
  ])("that RKE refuses for the kind of a setting that is not needed here: %s", (setting, mistake) => {
    expect(mistakesIn(`nodes: [{address: a, ${fine}}]\n${setting}\n`)).toEqual([expect.stringContaining(mistake)]);
  });

  test("has no mistake where RKE takes what is of another kind", () => {
    const settings = [
      "addon_job_timeout: 0x1F",
      "network: {mtu: 1_400, options: {a: 1, b: true, c: }}",
      "ingress: {extra_args: {v: 4}, node_selector: , options: {}}",
      "authentication: {sans: [1.10, ]}",
      "services: {etcd: {snapshot: Off, uid: 1.0e3, backup_config: }, kubelet: , kube-api: {extra_args: {v: 1}}}",
      "private_registries: [{url: r, is_default: yes}, ]",
      "system_images: {}",
      "dns: ~",
    ];
    expect(mistakesIn(`nodes: [{address: a, labels: {a: 1}, ${fine}}]\n${settings.join("\n")}\n`)).toEqual([]);
  });

  test("calls no nodes without an address the same node", () => {
    expect(mistakesIn(`nodes: [{${fine}}, {${fine}}]`)).toEqual(["node 1 has no address", "node 2 has no address"]);
  });

  test("tells all mistakes at once", () => {
    const source = `nodes:
  - {address: a, user: u, port: 99999, role: [worker, boss]}
  - {address: a, role: []}
`;
    expect(mistakesIn(source)).toEqual([
      'node a has the role "boss"; RKE knows controlplane, etcd, worker',
      "node a has no valid port",
      "node a has no user, and RKE has no default for it",
      "node a has no role",
      "node a is listed twice",
      "no node has the role etcd",
      "no node has the role controlplane",
    ]);
  });

  test.each([
    ["nodes: [", "line 1"],
    ["nodes:\n  - address: a\n bad indent: b", "line"],
    ["nodes:\n\t- address: a", "a tab stands where only spaces may at line 2"],
    ["nodes:\n- user: @u", "a value begins with a character that must be quoted at line 2"],
    ["nodes:\n- address: a\n  user: u\n\t\n  role: []", "a tab stands where only spaces may at line 4"],
    ["nodes:\n- address: a\n  user:\n\t# c\n  role: []", "a tab stands where only spaces may at line 4"],
    ["nodes:\n-\taddress: a", "a tab stands where only spaces may at line 2"],
  ])("that is no YAML is refused at the first such place: %j", (source, place) => {
    expect(mistakesIn(source)).toEqual([expect.stringMatching(/^is not YAML: [a-z, ]+ at line \d+$/)]);
    expect(mistakesIn(source).join()).toContain(place);
  });

  test("that multiplies itself by aliases is refused", () => {
    const levels = Array.from({ length: 9 }, (_, at) => `l${at + 1}: &l${at + 1} [${`*l${at}, `.repeat(9)}]`);
    expect(mistakesIn(`l0: &l0 [x]\n${levels.join("\n")}\n`)).toEqual(["is not YAML: it has too many aliases"]);
  });

  test("that is not there, or is a folder, is named by the reason", () => {
    expect(() => readClusterFile(join(tempFolder(), "none.yml"))).toThrow(
      "cannot be read: there is no such file or folder",
    );
    expect(() => readClusterFile(tempFolder())).toThrow("cannot be read: it is a folder");
  });
});

describe("an inline private key", () => {
  const brokenAround = [
    (key: string) => `nodes:\n  - address: a\n    ssh_key: |-\n      ${key}\n    role: [etcd, boss]\n`,
    (key: string) => `nodes:\n  - address: a\n    ssh_key: |-\n      ${key}\n   role: [etcd\n`,
    (key: string) => `nodes:\n  - address: a\n    ssh_key: ${key}\n    role: [etcd]\n`,
    (key: string) => `nodes:\n  - address: a\n    ssh_key: {a: "${key}"}\n    role: [etcd]\n`,
    (key: string) => `nodes:\n  - ssh_key: "${key}\n`,
    (key: string) => `nodes:\n  - {address: a, ssh_key: ["${key}"], role: [controlplane, etcd]}\n`,
    (key: string) => `ssh_key: "${key}"\nssh_key: "${key}"\nnodes: 1\n`,
  ];

  test.each(brokenAround.map((write) => [write]))("is never quoted in an error: %s", (write) => {
    const mistakes = mistakesIn(write(SECRET));
    expect(mistakes.length).toBeGreaterThan(0);
    expect(mistakes.join("\n")).not.toMatch(/BEGIN|b3BlbnNzaC1|END/);
  });

  test("is never quoted in an error, wherever the file is cut off or broken", () => {
    const whole = brokenAround[0]?.(SECRET) ?? "";
    fc.assert(
      fc.property(
        fc.nat(whole.length),
        fc.constantFrom("", "[", "{", '"', "'", "\t", "*x", "&", "!!x ", ": :", "%"),
        (at, junk) => {
          expect(mistakesIn(whole.slice(0, at) + junk + whole.slice(at + 1)).join("\n")).not.toMatch(/PRIVATE|b3Blbn/);
          expect(mistakesIn(whole.slice(0, at) + junk).join("\n")).not.toMatch(/PRIVATE|b3Blbn/);
        },
      ),
    );
  });

  test("survives reading byte for byte", () => {
    const path = textFile(
      join(tempFolder(), "c.yml"),
      `nodes:\n  - address: a\n    user: u\n    role: [controlplane, etcd]\n    ssh_key: |-\n      ${SECRET}\n`,
    );
    expect(readClusterFile(path).nodes[0]?.key).toBe(SECRET.replaceAll("\n      ", "\n"));
  });
});
