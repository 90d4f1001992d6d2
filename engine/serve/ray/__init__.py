"""The same models past one machine: replicas on a Ray cluster answer, the server stays what it is."""
