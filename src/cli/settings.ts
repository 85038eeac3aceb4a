import { loadConfig, type ConfigFlags } from '../config/load-config.ts';
import type { Config } from '../config/config.ts';
import type { Terminal } from './terminal.ts';

/** Variables that the command line itself reads; the configuration need not know them. */
const OWN_VARIABLES = new Set(['EYRIE_UPDATE_GOLDEN']);

/** The configuration for one command; its warnings are shown. Throws a ConfigError. */
export function loadSettings(flags: ConfigFlags, terminal: Terminal): Config {
  const environment = Object.fromEntries(
    Object.entries(terminal.environment).filter(([name]) => !OWN_VARIABLES.has(name)),
  );
  const config = loadConfig({ flags, environment, directory: terminal.directory });
  for (const warning of config.warnings) terminal.note(`eyrie: ${warning}`);
  return config;
}
