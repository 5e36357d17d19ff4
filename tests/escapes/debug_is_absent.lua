-- expect: ok nil
return tostring(debug)
