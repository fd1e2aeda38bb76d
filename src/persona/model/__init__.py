"""The nouns: frozen structs, identifiers, canonical JSON, and the files that people write. No input, no output."""
