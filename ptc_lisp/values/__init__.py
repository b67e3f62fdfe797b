"""What a program can hold: types, keys, collections, equality, order, printing, and the way in and out."""
