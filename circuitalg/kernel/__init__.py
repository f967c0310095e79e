"""The trusted core: statements, rules, theorems and certificates."""
