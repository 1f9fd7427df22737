"""Mining on Spark: the session on a cluster, and the Java that it needs. Imports pyspark only when it is asked for."""
