// A number as the server writes it too (words.py): thousands apart by a space that no line breaks at.
export const figure = (value) => value.toLocaleString("en").replaceAll(",", "\u00a0");
