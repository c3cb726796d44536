// Numbers as short text, exactly as the program writes them.

/** Write a number with a few significant digits. */
export function compact(value, digits = 3) {
  if (Number.isNaN(value)) return "undefined";
  if (value === 0) return "0";
  const sign = value < 0 ? "−" : "", size = Math.abs(value);
  if (size === Infinity) return `${sign}∞`;
  const [mantissa, power] = size.toExponential(digits - 1).split("e");
  const exponent = Number(power); // of the rounded number: 0.9996 is 1.00
  if (exponent <= -4 || exponent >= 5) return sign + withExponent(mantissa, exponent);
  return sign + size.toFixed(Math.max(0, digits - 1 - exponent));
}

/** Write a number with as many significant digits as it needs, and at most so many. */
export function plain(value, digits = 4) {
  if (!Number.isFinite(value) || value === 0) return compact(value);
  const sign = value < 0 ? "−" : "", size = Math.abs(value);
  const [mantissa, power] = size.toExponential(digits - 1).split("e");
  const exponent = Number(power);
  if (exponent < -4 || exponent >= digits) return sign + withExponent(mantissa, exponent);
  return sign + trimmed(size.toFixed(Math.max(0, digits - 1 - exponent)));
}

/** Write a number with a fixed number of decimals. */
export const fixed = (value, decimals) => value.toFixed(decimals).replace("-", "−");

/** Write a number on a scale, without superfluous digits: 0.5, 2000, 1e5. */
export function tick(value) {
  if (value === 0 || !Number.isFinite(value)) return compact(value);
  const sign = value < 0 ? "−" : "", size = Math.abs(value);
  if (size >= 1e-3 && size < 1e5) return sign + plain(size, 10);
  const [mantissa, power] = size.toExponential(9).split("e");
  return sign + withExponent(mantissa, Number(power));
}

/** Write a loss with three significant digits. */
export function lossText(loss) {
  if (!Number.isFinite(loss)) return "undefined";
  const [mantissa, power] = loss.toExponential(2).split("e");
  return Number(power) >= -4 ? loss.toPrecision(3) : withExponent(mantissa, Number(power));
}

/** Write a share, 0 to 1, as a percentage; "100 %" and "0 %" are kept for all and none. */
export function percent(share, decimals = 1) {
  if (!Number.isFinite(share)) return "undefined";
  if (share === 0 || share === 1) return `${share * 100} %`;
  const value = 100 * share;
  let places = decimals + Math.max(0, -Math.floor(Math.log10(Math.abs(value))));
  while (halfUp(value, places) === 100) places += 1;
  return `${halfUp(value, places).toFixed(places)} %`.replace("-", "−");
}

/** Write a whole number with its thousands apart: 12,000. */
export const counted = (count) => String(count).replace(/\B(?=(\d{3})+$)/g, ",");

/** Return the digits, 3 to 9, that the largest part needs where little of it is left. */
export function digitsOfDifference(largest, result) {
  if (!Number.isFinite(largest) || !Number.isFinite(result) || !largest || !result) return 3;
  const power = (value) => Math.floor(Math.log10(Math.abs(value)));
  return Math.min(Math.max(3, 3 + power(largest) - power(result)), 9);
}

function halfUp(value, places) {
  const scale = 10 ** places;
  return (Math.sign(value) * Math.floor(Math.abs(value) * scale + 0.5 + 1e-9)) / scale;
}

const trimmed = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);

const withExponent = (mantissa, exponent) => `${trimmed(mantissa)}e${exponent}`.replace("-", "−");
