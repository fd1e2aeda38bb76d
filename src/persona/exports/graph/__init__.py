"""The graph for people who ask in Cypher or SPARQL: a disposable copy of the records, asked in a process apart."""
