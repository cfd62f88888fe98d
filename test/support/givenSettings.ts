import { checkSettings } from "../../settings/checkSettings.ts";
import { type Settings, SettingsError } from "../../settings/settings.ts";
import { fakeRke } from "./fakeRke.ts";

/** Everything that must be set, for a real cluster file and a program that says it is RKE v1.8.0. */
export function complete(): { folder: string; given: Record<string, string> } {
  const { folder, clusterFile, rke } = fakeRke("exit 9");
  return {
    folder,
    given: {
      snapshot: "before-upgrade",
      clusterFile,
      rancherVersion: "v2.5.8",
      rancherUrl: "https://rancher.example.com",
      rkePath: rke,
    },
  };
}

export const checked = (over: Record<string, unknown> = {}): Settings =>
  checkSettings({ ...complete().given, ...over });

/** The mistakes in settings. */
export function refused(given: Record<string, unknown>, unknown: string[] = [], plain: string[] = []): SettingsError {
  try {
    checkSettings(given, { unknown, plain });
  } catch (error) {
    if (error instanceof SettingsError) return error;
    throw error;
  }
  throw new Error("the settings were accepted");
}

export const mistakesWith = (over: Record<string, unknown>, plain: string[] = []) =>
  refused({ ...complete().given, ...over }, [], plain).mistakes.map(({ message }) => message);
