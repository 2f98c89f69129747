/**
 * Texts in the reader's language. Django's JavaScript catalog (`/jsi18n/`, portal/javascript_catalog.py) is loaded
 * before every module; without it, as in the tests, texts are English.
 */

const catalog = () => globalThis.django;

/** The translation of a text without placeholders. */
export function gettext(text) {
  return catalog()?.gettext?.(text) ?? text;
}

/** A sentence with named placeholders: `sentence("Target: %(time)s", { time: "80 s" })`. */
export function sentence(template, values) {
  return filled(gettext(template), values);
}

/** The same for a count, which both templates get as `%(count)s`, formatted. */
export function sentencePlural(singular, plural, count, values = {}) {
  const template = catalog()?.ngettext?.(singular, plural, count) ?? (count === 1 ? singular : plural);
  return filled(template, { count: number(count), ...values });
}

/** A number as the reader's language writes it: 12,345 in English; with `digits` after the decimal sign. */
export function number(value, digits = 0) {
  return formatter(language(), digits).format(value);
}

const formatters = new Map();

function formatter(locale, digits) {
  const key = `${locale} ${digits}`;
  if (!formatters.has(key)) {
    formatters.set(key, new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }));
  }
  return formatters.get(key);
}

/** "a, b and c" in the reader's language. */
export function list(names) {
  return new Intl.ListFormat(language(), { type: "conjunction" }).format(names);
}

/** The language of the page, as its server chose it. */
export function language() {
  const given = globalThis.document?.documentElement?.lang || "en";
  return Intl.NumberFormat.supportedLocalesOf([given]).length > 0 ? given : "en";
}

function filled(template, values) {
  return template.replace(/%\((\w+)\)s/g, (placeholder, name) => String(values[name] ?? placeholder));
}
