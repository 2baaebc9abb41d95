typedef int cyt_unused;
