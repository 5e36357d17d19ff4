-- expect: timeout cpu_limit instruction_limit
::again::
goto again
