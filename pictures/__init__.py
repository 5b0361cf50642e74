"""The pictures of the READMEs and docs: the report, the pipeline, a terminal."""
