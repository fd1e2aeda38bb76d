"""PROV: the account of a workspace, and the formats in which accounts are written."""
