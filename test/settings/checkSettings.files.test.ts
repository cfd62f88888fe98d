import { execFileSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { checkSettings } from "../../settings/checkSettings.ts";
import { SettingsError } from "../../settings/settings.ts";
import { clusterFileIn, THREE_NODES } from "../support/clusterFile.ts";
import { program, tempFolder, textFile } from "../support/folder.ts";
import { checked, complete, mistakesWith, refused } from "../support/givenSettings.ts";

describe("a cluster file that settings name", () => {
  test("reports all its mistakes, each under the setting", () => {
    const clusterFile = clusterFileIn(tempFolder(), "nodes: [{address: a, user: u, port: 0, role: [boss]}]");
    expect(mistakesWith({ clusterFile })).toEqual([
      `clusterFile ${clusterFile}: node a has the role "boss"; RKE knows controlplane, etcd, worker`,
      `clusterFile ${clusterFile}: node a has no valid port`,
      `clusterFile ${clusterFile}: no node has the role etcd`,
      `clusterFile ${clusterFile}: no node has the role controlplane`,
    ]);
  });

  test("must have the kubeconfig beside it that RKE writes", () => {
    const folder = tempFolder();
    const clusterFile = textFile(join(folder, "c.yml"), `ssh_key_path: /dev/null\n${THREE_NODES}`);
    expect(mistakesWith({ clusterFile })).toEqual([
      expect.stringContaining(
        `clusterFile has no kubeconfig beside it: RKE writes ${join(folder, "kube_config_c.yml")}`,
      ),
    ]);
  });

  test("that is there is to be corrected, not to be set anew", () => {
    const clusterFile = clusterFileIn(tempFolder(), `ssh_key_path: ./gone\n${THREE_NODES}`);
    const [{ remedy } = {}] = refused({ ...complete().given, clusterFile }).mistakes;
    expect(remedy).toBe("name the key that logs in to the nodes as ssh_key_path in the cluster file");
    const broken = clusterFileIn(tempFolder(), "nodes: []");
    expect(refused({ ...complete().given, clusterFile: broken }).mistakes.map((one) => one.remedy)).toContain(
      "correct the cluster file",
    );
    const [gone] = refused({ ...complete().given, clusterFile: "gone.yml" }).mistakes;
    expect(gone?.remedy).toMatchObject({ pulumi: "config set clusterFile ./rancher-cluster.yml" });
  });

  test("must name SSH keys and certificates that can be read, each reported once", () => {
    const source = THREE_NODES.replace("user: rancher", "user: rancher, ssh_cert_path: ./no-cert");
    const clusterFile = clusterFileIn(tempFolder(), `ssh_key_path: ./gone\n${source}`);
    expect(mistakesWith({ clusterFile })).toEqual([
      `clusterFile needs the SSH key ${join(clusterFile, "../gone")}, which cannot be read: there is no such file or folder`,
      `clusterFile needs the SSH certificate ${join(clusterFile, "../no-cert")}, which cannot be read: there is no such file or folder`,
    ]);
  });

  test("must name SSH keys that RKE can use: without a passphrase", () => {
    const key = join(tempFolder(), "key");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "hunter2", "-f", key]);
    const clusterFile = clusterFileIn(tempFolder(), `ssh_key_path: ${key}\n${THREE_NODES}`);
    expect(mistakesWith({ clusterFile })).toEqual([
      `clusterFile needs the SSH key ${key}, which has a passphrase: RKE uses such a key through the SSH agent only`,
    ]);
  });

  test("must name SSH keys that OpenSSH uses: nobody else may read them, which RKE does not mind", () => {
    const key = join(tempFolder(), "the key");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
    const clusterFile = clusterFileIn(tempFolder(), `ssh_key_path: ${key}\n${THREE_NODES}`);
    expect(() => checkSettings({ ...complete().given, clusterFile })).not.toThrow();
    chmodSync(key, 0o644);
    const { mistakes } = refused({ ...complete().given, clusterFile });
    expect(mistakes.map(({ message }) => message)).toEqual([
      `clusterFile needs the SSH key ${key}, which other users of this machine may read (mode 644): OpenSSH does not use it then`,
    ]);
    expect(mistakes[0]?.remedy).toBe(`chmod 600 '${key}'`);
  });

  test("may ask for the SSH agent only where one runs", () => {
    const clusterFile = clusterFileIn(tempFolder(), `ssh_agent_auth: true\nssh_key_path: ./gone\n${THREE_NODES}`);
    vi.stubEnv("SSH_AUTH_SOCK", "");
    expect(mistakesWith({ clusterFile })).toEqual([
      "clusterFile has nodes that RKE cannot log in to: 10.0.0.1 is to be logged in to by the SSH agent (ssh_agent_auth), but SSH_AUTH_SOCK names none; RKE reads no key then",
    ]);
    vi.stubEnv("SSH_AUTH_SOCK", "/agent");
    expect(() => checkSettings({ ...complete().given, clusterFile })).not.toThrow();
  });

  test("must be of a cluster whose CA's key RKE has: without it RKE fails after the wipe", () => {
    const folder = tempFolder();
    const clusterFile = clusterFileIn(folder);
    const state = (ca: object) => JSON.stringify({ desiredState: { certificatesBundle: { "kube-ca": ca } } });
    const stateFile = textFile(join(folder, "rancher-cluster.rkestate"), state({ certificatePEM: "C", keyPEM: "" }));
    expect(mistakesWith({ clusterFile })).toEqual([
      expect.stringContaining(
        `(rke up --custom-certs): ${stateFile} has no key of its CA, so RKE fails after it has wiped`,
      ),
    ]);
    textFile(stateFile, state({ certificatePEM: "C", keyPEM: "K" }));
    expect(() => checkSettings({ ...complete().given, clusterFile })).not.toThrow();
  });

  test("is of the Kubernetes that RKE's state file names, where there is one", () => {
    const folder = tempFolder();
    const clusterFile = clusterFileIn(folder);
    expect(checkSettings({ ...complete().given, clusterFile })).not.toHaveProperty("kubernetesVersion");
    const kubernetesVersion = "v1.20.15-rancher2-2";
    const state = { currentState: { rkeConfig: { kubernetesVersion } } };
    textFile(join(folder, "rancher-cluster.rkestate"), JSON.stringify(state));
    expect(checkSettings({ ...complete().given, clusterFile })).toMatchObject({ kubernetesVersion });
  });

  test("has RKE asked for the Kubernetes that it installs, where it names none", () => {
    vi.stubEnv("DEFAULT_KUBERNETES", "v1.32.2-rancher1-1");
    expect(checked().rke).toMatchObject({ defaultKubernetes: "v1.32.2-rancher1-1" });
    const clusterFile = clusterFileIn(tempFolder(), `kubernetes_version: v1.20.15-rancher2-2\n${THREE_NODES}`);
    expect(checked({ clusterFile }).rke).not.toHaveProperty("defaultKubernetes");
    const { rke } = checkSettings(complete().given, { clusterOnly: true });
    expect(rke, "of use to a rollback alone").not.toHaveProperty("defaultKubernetes");
    vi.unstubAllEnvs();
    expect(checked().rke).not.toHaveProperty("defaultKubernetes");
  });

  test("has what RKE takes differently in it said in the notes", () => {
    const clusterFile = clusterFileIn(tempFolder(), `cluster_name: a\ncluster_name: b\n${THREE_NODES}---\n`);
    expect(checkSettings({ ...complete().given, clusterFile }).notes).toEqual([
      { message: expect.stringMatching(/^cluster_name stands more than once .* RKE takes the last, b$/) },
    ]);
  });
});

describe("secrets", () => {
  test("in the cluster file are in no error, whatever else is wrong", () => {
    const secret = "c2VjcmV0LWtleQ";
    const broken = [
      `nodes: [{address: a, ssh_key: ${secret}, role: [etcd]}]`,
      `nodes: [{address: a, ssh_key: [${secret}], role: [etcd]}]`,
      `nodes: [{address: a, ssh_key: "${secret}, role: [etcd]}]`,
      `${secret}: [`,
    ];
    for (const source of broken) {
      const error = refused({ ...complete().given, clusterFile: clusterFileIn(tempFolder(), source), run: "0" });
      expect(`${error.stack}${JSON.stringify(error.mistakes)}`).not.toContain(secret);
    }
  });

  test("in Rancher's address are refused, as addresses are shown in errors and reports", () => {
    const error = refused({ ...complete().given, rancherUrl: "https://admin:hunter2@rancher.example.com" });
    expect(error.message).toContain("rancherUrl must not contain a user or password");
    expect(error.message).not.toContain("hunter2");
  });
});

describe("whatever is typed", () => {
  test("ends in settings or in mistakes with keys and examples, never in another error", () => {
    const { given } = complete();
    const typed = fc.dictionary(
      fc.constantFrom(..."snapshot rancherVersion rancherUrl rancherImage rancherNamespace run waitSeconds".split(" ")),
      fc.oneof(fc.string(), fc.constantFrom("", "0", "1e999", "-1", "NaN", "http://", "a:b", "v2.5.8", "x/y")),
    );
    fc.assert(
      fc.property(typed, (over) => {
        try {
          const { run, waitSeconds, rancher, snapshot } = checkSettings({ ...given, ...over });
          expect(Number.isSafeInteger(run) && run >= 1 && Number.isSafeInteger(waitSeconds)).toBe(true);
          expect(rancher.image).toMatch(/^[a-z0-9][a-z0-9._/-]*:[\w][\w.-]*$/);
          expect(snapshot).toMatch(/^[\w.:+@-]+$/);
        } catch (error) {
          if (!(error instanceof SettingsError)) throw error;
          for (const { key, message, remedy } of error.mistakes) expect(key && message && remedy).toBeTruthy();
        }
      }),
      { numRuns: 60 },
    );
  });
});

test("with an rke that restores etcd alone, rke up comes first and everything is restarted, whatever is set", () => {
  const rkePath = program(join(tempFolder(), "rke"), 'echo "rke version v0.1.18"');
  for (const set of [{}, { restarts: "auto", rkeUp: "last" }]) {
    expect(checkSettings({ ...complete().given, rkePath, ...set })).toMatchObject({
      restarts: "always",
      rkeUp: "first",
    });
  }
});

test("what is known to go wrong with an rke is in the notes, with what to do about it", () => {
  const rkePath = program(join(tempFolder(), "rke"), 'echo "rke version v0.1.18"');
  expect(checkSettings({ ...complete().given, rkePath }).notes).toEqual([
    {
      message: expect.stringContaining("RKE v0.1.18 checks nothing before it wipes"),
      remedy: "check that every node of the cluster file answers over SSH before you begin",
    },
  ]);
});

test("an rke that is too old to restore is refused before anything else is asked of it", () => {
  const rkePath = program(join(tempFolder(), "rke"), 'echo "rke version v0.1.6"');
  expect(mistakesWith({ rkePath })).toEqual([
    "rkePath does not work: RKE v0.1.6 cannot restore snapshots; v0.1.7 is the first that can",
  ]);
});
